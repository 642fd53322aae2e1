namespace Personalization.Cli.Load;

/// <summary>Time since the beginning of a run.</summary>
/// <param name="time">The real clock.</param>
internal sealed class LoadClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    public TimeSpan Elapsed => time.GetElapsedTime(_start);

    /// <summary>Waits until something is due.</summary>
    /// <param name="due">Time since the beginning.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async ValueTask UntilAsync(TimeSpan due, CancellationToken cancellationToken)
    {
        if (due - Elapsed is var wait && wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time, cancellationToken);
        }
    }
}
