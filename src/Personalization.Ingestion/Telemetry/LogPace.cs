namespace Personalization.Ingestion;

/// <summary>Lets one log line a second through, where what is down fails thousands of times a second. Thread-safe.</summary>
internal sealed class LogPace(TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private long _loggedAt;
    private long _failures;

    /// <summary>Counts a failure.</summary>
    /// <param name="failures">How many there were so far.</param>
    /// <returns>Whether it is to be logged.</returns>
    public bool IsDue(out long failures)
    {
        failures = Interlocked.Increment(ref _failures);
        var now = time.GetTimestamp();
        var last = Interlocked.Read(ref _loggedAt);
        return (last == 0 || time.GetElapsedTime(last, now) >= Interval) && Interlocked.CompareExchange(ref _loggedAt, now, last) == last;
    }
}
