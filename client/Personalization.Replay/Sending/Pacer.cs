namespace Personalization.Replay;

/// <summary>
/// A token bucket: one token per event, filled at the rate and holding at most one second's worth, so a stall is caught up with but never turned
/// into a flood. Thread-safe for changes; one waiter.
/// </summary>
internal sealed class Pacer(double rate, TimeProvider time)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = NewSignal();
    private double _rate = Check(rate);
    private double _tokens = 1;
    private long _since = time.GetTimestamp();
    private bool _paused;

    public double Rate
    {
        get
        {
            lock (_lock)
            {
                return _rate;
            }
        }

        set => Change(() => _rate = Check(value));
    }

    public bool Paused
    {
        get
        {
            lock (_lock)
            {
                return _paused;
            }
        }

        set => Change(() => _paused = value);
    }

    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task changed;
            TimeSpan? wait;
            lock (_lock)
            {
                Accrue();
                if (!_paused && (double.IsPositiveInfinity(_rate) || _tokens >= 1))
                {
                    _tokens = Math.Max(0, _tokens - 1);
                    return;
                }

                // Timers count whole milliseconds: rounding up never turns a short wait into a spin, and the bucket makes up for it.
                wait = _paused ? null : TimeSpan.FromMilliseconds(Math.Min(60_000, Math.Ceiling((1 - _tokens) / _rate * 1000)));
                changed = _changed.Task;
            }

            if (wait is { } delay)
            {
                await Task.WhenAny(Task.Delay(delay, time, cancellationToken), changed);
            }
            else
            {
                await changed.WaitAsync(cancellationToken);
            }
        }
    }

    private static double Check(double rate) => rate > 0
        ? rate
        : throw new ArgumentOutOfRangeException(nameof(rate), rate, "A rate is more than 0 events per second; to stop, pause.");

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Change(Action change)
    {
        lock (_lock)
        {
            Accrue();
            change();
            _changed.SetResult();
            _changed = NewSignal();
        }
    }

    private void Accrue()
    {
        var now = time.GetTimestamp();
        if (!_paused && double.IsFinite(_rate))
        {
            _tokens = Math.Min(Math.Max(1, _rate), _tokens + (time.GetElapsedTime(_since, now).TotalSeconds * _rate));
        }

        _since = now;
    }
}
