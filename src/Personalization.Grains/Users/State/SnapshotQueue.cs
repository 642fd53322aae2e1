using Microsoft.Extensions.Options;

namespace Personalization.Users;

/// <summary>
/// The states of a silo that wait before they are stored: events which come meanwhile share the write, and no more writes are begun than the store works
/// on, so that what waits is one entry and not a call. Thread-safe.
/// </summary>
internal sealed class SnapshotQueue : IDisposable
{
    private readonly Lock _lock = new();
    private readonly DueQueue<UserStateStore> _waiting;
    private readonly int _maxWrites;
    private readonly ITimer _timer;
    private long _armedFor = long.MaxValue;
    private int _writes;

    public SnapshotQueue(IOptions<UserOptions> options, TimeProvider time)
    {
        _waiting = new DueQueue<UserStateStore>(time);
        _maxWrites = options.Value.MaxSnapshotWrites;
        _timer = time.CreateTimer(static queue => ((SnapshotQueue)queue!).Release(ended: 0), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Lets a state wait; <see cref="UserStateStore.OnDue"/> ends it, and <see cref="Done"/> is to be called when its write has ended.</summary>
    /// <param name="store">The state.</param>
    /// <param name="delay">How long, more than zero.</param>
    public void Add(UserStateStore store, TimeSpan delay)
    {
        var due = _waiting.After(delay);
        lock (_lock)
        {
            _waiting.Add(store, due);
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
            _waiting.Hasten();
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
            while (_writes < _maxWrites && _waiting.TryTake(out var store, out _))
            {
                _writes++;
                (due ??= []).Add(store);
            }

            if (_writes == _maxWrites || _waiting.Count == 0)
            {
                _armedFor = long.MaxValue;
            }
            else
            {
                // Always: the timer may have fired a little early, and fires once.
                Arm(_waiting.NextAt);
            }
        }

        due?.ForEach(static store => store.OnDue());
    }

    private void Arm(long due)
    {
        _waiting.Arm(_timer, due);
        _armedFor = due;
    }
}
