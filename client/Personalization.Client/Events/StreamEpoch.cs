namespace Personalization.Client;

/// <summary>
/// The topic's identity, as Kafka last told it. It is asked for again every few seconds, as a topic may be recreated; meanwhile, and where Kafka does not answer, the
/// last one stands: what needs it is in Kafka already. After a quiet minute the answer is waited for. For some seconds after a topic was recreated a version token may
/// thus name the one before, and who waits for it may get a shelf without that click. Thread-safe.
/// </summary>
/// <param name="ask">Asks Kafka.</param>
/// <param name="time">The clock.</param>
internal sealed class StreamEpoch(Func<Task<string>> ask, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Old = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private long _asked;
    private long _told;
    private Task<string>? _asking;
    private Task<string>? _known;

    /// <summary>Gives it.</summary>
    /// <returns>The identity; fails as asking does where none was ever told.</returns>
    public Task<string> GetAsync()
    {
        lock (_lock)
        {
            if (_asking is { IsCompletedSuccessfully: true })
            {
                (_known, _told) = (_asking, _asked);
            }

            if (_asking is null || (_asking.IsCompleted && (_known is null || time.GetElapsedTime(_asked) > Lifetime)))
            {
                _asked = time.GetTimestamp();
                _asking = ask();
            }

            return _known is null ? _asking : time.GetElapsedTime(_told) <= Old ? _known : FreshAsync(_asking, _known);
        }
    }

    private static async Task<string> FreshAsync(Task<string> asking, Task<string> known)
    {
        await ((Task)asking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return await (asking.IsCompletedSuccessfully ? asking : known).ConfigureAwait(false);
    }
}
