namespace Personalization.Replay;

/// <summary>
/// A token bucket: one token per event, filled at the rate and holding at most one second's worth, so a stall is caught up with but never turned
/// into a flood. One waiter.
/// </summary>
internal sealed class Pacer(double rate, TimeProvider time)
{
    private readonly double _rate = rate > 0 ? rate : throw new ArgumentOutOfRangeException(nameof(rate), rate, "A rate is more than 0 events per second.");
    private double _tokens = 1;
    private long _since = time.GetTimestamp();

    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (double.IsPositiveInfinity(_rate))
        {
            return;
        }

        Accrue();
        while (_tokens < 1)
        {
            // Timers count whole milliseconds: rounding up never turns a short wait into a spin, and the bucket makes up for it.
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(60_000, Math.Ceiling((1 - _tokens) / _rate * 1000))), time, cancellationToken);
            Accrue();
        }

        _tokens--;
    }

    private void Accrue()
    {
        var now = time.GetTimestamp();
        _tokens = Math.Min(Math.Max(1, _rate), _tokens + (time.GetElapsedTime(_since, now).TotalSeconds * _rate));
        _since = now;
    }
}
