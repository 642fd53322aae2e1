using Microsoft.Extensions.Options;

namespace Personalization.Users;

/// <summary>
/// The states of a silo that wait before they are stored: events which come meanwhile share the write, and no more writes are begun than the store works
/// on, so that what waits is one entry and not a call. Thread-safe.
/// </summary>
internal sealed class SnapshotQueue : IDisposable
{
    // Timers are no finer than about a millisecond, and one wake-up should serve many states.
    private static readonly TimeSpan LeastWait = TimeSpan.FromMilliseconds(2);
    private readonly Lock _lock = new();
    private readonly PriorityQueue<UserStateStore, long> _waiting = new();
    private readonly TimeProvider _time;
    private readonly int _maxWrites;
    private readonly ITimer _timer;
    private long _armedFor = long.MaxValue;
    private long _hastened = long.MinValue;
    private long _latest = long.MinValue;
    private int _writes;

    public SnapshotQueue(IOptions<UserOptions> options, TimeProvider time)
    {
        _time = time;
        _maxWrites = options.Value.MaxSnapshotWrites;
        _timer = time.CreateTimer(static queue => ((SnapshotQueue)queue!).Release(ended: 0), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Lets a state wait; <see cref="UserStateStore.OnDue"/> ends it, and <see cref="Done"/> is to be called when its write has ended.</summary>
    /// <param name="store">The state.</param>
    /// <param name="delay">How long, more than zero.</param>
    public void Add(UserStateStore store, TimeSpan delay)
    {
        var due = _time.GetTimestamp() + (long)(delay.TotalSeconds * _time.TimestampFrequency);
        lock (_lock)
        {
            _waiting.Enqueue(store, due);
            _latest = Math.Max(_latest, due);
            if (due < _armedFor && _writes < _maxWrites)
            {
                Arm(due);
            }
        }
    }

    /// <summary>A state that was due is stored, or there was nothing left to store.</summary>
    public void Done() => Release(ended: 1);

    /// <summary>Ends the wait of all that wait now.</summary>
    public void Hasten()
    {
        lock (_lock)
        {
            _hastened = _latest;
        }

        Release(ended: 0);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Release(int ended)
    {
        List<UserStateStore>? due = null;
        lock (_lock)
        {
            _writes -= ended;
            var now = Math.Max(_time.GetTimestamp(), _hastened);
            while (_writes < _maxWrites && _waiting.TryPeek(out var store, out var at) && at <= now)
            {
                _waiting.Dequeue();
                _writes++;
                (due ??= []).Add(store);
            }

            if (_writes == _maxWrites || !_waiting.TryPeek(out _, out var next))
            {
                _armedFor = long.MaxValue;
            }
            else
            {
                // Always: the timer may have fired a little early, and fires once.
                Arm(next);
            }
        }

        due?.ForEach(static store => store.OnDue());
    }

    private void Arm(long due)
    {
        var left = TimeSpan.FromSeconds((due - _time.GetTimestamp()) / (double)_time.TimestampFrequency);
        _timer.Change(left > LeastWait ? left : LeastWait, Timeout.InfiniteTimeSpan);
        _armedFor = due;
    }
}
