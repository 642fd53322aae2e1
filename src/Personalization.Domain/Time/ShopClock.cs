namespace Personalization.Time;

/// <summary>
/// The shop's time: what recency, churn and "too far ahead" are measured against. Equals wall time in production and runs in the past
/// under a replay. Only <see cref="TimeProvider.GetUtcNow"/> is shop time; timestamps and timers stay real, so latencies and deadlines are real.
/// </summary>
public abstract class ShopClock : TimeProvider
{
    /// <summary>Wall time.</summary>
    /// <param name="time">The real clock; null: the system's.</param>
    /// <returns>The clock.</returns>
    public static ShopClock Wall(TimeProvider? time = null) => new WallClock(time ?? System);

    private sealed class WallClock(TimeProvider time) : ShopClock
    {
        public override DateTimeOffset GetUtcNow() => time.GetUtcNow();
    }
}
