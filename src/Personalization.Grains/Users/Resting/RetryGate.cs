namespace Personalization.Users;

/// <summary>Holds back what failed: longer every time, until something succeeds. Not thread-safe.</summary>
internal sealed class RetryGate(TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);
    private TimeSpan _delay = First;

    /// <summary>When it opens (a timestamp).</summary>
    public long OpensAt { get; private set; } = long.MinValue;

    /// <summary>Whether it is open.</summary>
    public bool IsOpen => time.GetTimestamp() >= OpensAt;

    /// <summary>Something succeeded.</summary>
    public void Open() => (OpensAt, _delay) = (long.MinValue, First);

    /// <summary>Something failed.</summary>
    public void Close()
    {
        OpensAt = time.GetTimestamp() + (long)(_delay.TotalSeconds * time.TimestampFrequency);
        _delay = _delay * 2 < Longest ? _delay * 2 : Longest;
    }
}
