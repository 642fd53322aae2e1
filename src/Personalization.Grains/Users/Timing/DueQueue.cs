using System.Diagnostics.CodeAnalysis;

namespace Personalization.Users;

/// <summary>What waits for its time, the soonest first. Not thread-safe.</summary>
/// <typeparam name="T">What waits.</typeparam>
internal sealed class DueQueue<T>(TimeProvider time)
{
    // Timers are no finer than about a millisecond, and one wake-up should serve many.
    private static readonly TimeSpan LeastWait = TimeSpan.FromMilliseconds(2);
    private readonly PriorityQueue<T, long> _waiting = new();
    private long _hastened = long.MinValue;
    private long _latest = long.MinValue;

    /// <summary>How many wait.</summary>
    public int Count => _waiting.Count;

    /// <summary>When the soonest is due (a timestamp); <see cref="long.MaxValue"/>: nothing waits.</summary>
    public long NextAt => _waiting.TryPeek(out _, out var at) ? at : long.MaxValue;

    /// <summary>The timestamp after a delay.</summary>
    /// <param name="delay">The delay; below zero counts as none.</param>
    /// <returns>The timestamp.</returns>
    public long After(TimeSpan delay) => time.GetTimestamp() + (long)(Math.Max(0, delay.TotalSeconds) * time.TimestampFrequency);

    /// <summary>Lets something wait.</summary>
    /// <param name="item">What.</param>
    /// <param name="due">Until when (a timestamp).</param>
    public void Add(T item, long due)
    {
        _waiting.Enqueue(item, due);
        _latest = Math.Max(_latest, due);
    }

    /// <summary>Ends the wait of all that wait now.</summary>
    public void Hasten() => _hastened = _latest;

    /// <summary>Takes the soonest if it is due.</summary>
    /// <param name="item">It.</param>
    /// <param name="due">When it was due.</param>
    /// <returns>False: nothing is due.</returns>
    public bool TryTake([MaybeNullWhen(false)] out T item, out long due)
    {
        if (!_waiting.TryPeek(out item, out due) || due > Math.Max(time.GetTimestamp(), _hastened))
        {
            return false;
        }

        _waiting.Dequeue();
        return true;
    }

    /// <summary>Sets a timer.</summary>
    /// <param name="timer">The timer.</param>
    /// <param name="at">When it fires (a timestamp).</param>
    public void Arm(ITimer timer, long at)
    {
        var left = TimeSpan.FromSeconds((at - time.GetTimestamp()) / (double)time.TimestampFrequency);
        timer.Change(left > LeastWait ? left : LeastWait, Timeout.InfiniteTimeSpan);
    }
}
