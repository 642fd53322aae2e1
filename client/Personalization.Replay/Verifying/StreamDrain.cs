namespace Personalization.Replay;

/// <summary>Waits until everything in the stream is applied and durable.</summary>
/// <param name="lag">Reads how many events are not yet durable; null while that is unknown.</param>
/// <param name="readings">Readings of 0 in a row that count as the end: more than one where a reading may be a second old.</param>
/// <param name="time">The clock; null: the system's.</param>
public sealed class StreamDrain(Func<CancellationToken, Task<long?>> lag, int readings = 1, TimeProvider? time = null)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Waits.</summary>
    /// <param name="timeout">How long at most.</param>
    /// <param name="progress">Told each known lag.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Completes when the lag is 0.</returns>
    /// <exception cref="TimeoutException">It is not 0 within the timeout.</exception>
    public async Task WaitAsync(TimeSpan timeout, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        var started = _time.GetTimestamp();
        long? last;
        for (var zeros = 0; ;)
        {
            last = await lag(cancellationToken);
            if (last is { } known)
            {
                progress?.Report(known);
            }

            zeros = last == 0 ? zeros + 1 : 0;
            if (zeros >= readings)
            {
                return;
            }

            if (_time.GetElapsedTime(started) >= timeout)
            {
                throw new TimeoutException(
                    $"After {timeout.TotalSeconds:0} s the stream is still not applied: {(last is { } left ? $"{left:N0} events are behind" : "how many events are behind is unknown")}.");
            }

            await Task.Delay(Pause, _time, cancellationToken);
        }
    }
}
