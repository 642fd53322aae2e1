namespace Personalization.Time;

/// <summary>Shop time driven by a replayed stream: the latest event time seen, moving on in real time in between. Never goes back. Thread-safe.</summary>
/// <param name="start">First shop time.</param>
/// <param name="time">The real clock; null: the system's.</param>
public sealed class ReplayClock(DateTimeOffset start, TimeProvider? time = null) : ShopClock
{
    private readonly TimeProvider _time = time ?? System;
    private readonly Lock _lock = new();
    private DateTimeOffset _base = start;
    private long _since = (time ?? System).GetTimestamp();

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _base + _time.GetElapsedTime(_since);
        }
    }

    /// <summary>Moves shop time on to an event's time; an earlier one changes nothing.</summary>
    /// <param name="timestamp">The event's time.</param>
    public void AdvanceTo(DateTimeOffset timestamp)
    {
        lock (_lock)
        {
            if (timestamp > _base + _time.GetElapsedTime(_since))
            {
                _base = timestamp;
                _since = _time.GetTimestamp();
            }
        }
    }
}
