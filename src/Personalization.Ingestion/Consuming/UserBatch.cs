using System.Diagnostics;
using Personalization.Events;

namespace Personalization.Ingestion;

/// <summary>
/// Events of one user on their way: collected, sent, applied, durable. Once they are applied only their offsets are kept: should they be lost before they
/// are stored, the partition is read again.
/// </summary>
internal sealed class UserBatch : AppendReceipt
{
    private readonly PartitionSession _session;
    private PositionedEvent[] _events;
    private int _count = 1;
    private TimeSpan _waited;
    private long _first;
    private long[]? _more;
    private Backoff? _backoff;
    private int _stage;

    /// <summary>Begins to collect.</summary>
    /// <param name="session">The partition.</param>
    /// <param name="lane">The user.</param>
    /// <param name="first">The first event.</param>
    public UserBatch(PartitionSession session, UserLane lane, in PendingEvent first)
    {
        (_session, Lane, PolledAt, _waited) = (session, lane, first.PolledAt, first.Waited);
        Activity = IngestionActivity.StartAppend(first.Trace, session.Partition);
        _events = [first.Positioned];
        Bytes = first.Bytes;
    }

    private enum Stage
    {
        Open,
        Sent,
        Applied,
        Ended,
    }

    /// <summary>The user's lane; null once it is applied.</summary>
    public UserLane? Lane { get; private set; }

    /// <summary>The batch behind it.</summary>
    public UserBatch? Next { get; set; }

    /// <summary>Events.</summary>
    public int Count => _count;

    /// <summary>Bytes of its keys and values.</summary>
    public long Bytes { get; private set; }

    /// <summary>Timestamp of the poll of its first event.</summary>
    public long PolledAt { get; }

    /// <summary>Its trace, or null.</summary>
    public Activity? Activity { get; private set; }

    /// <summary>Offsets of its events; once it is applied.</summary>
    public ReadOnlySpan<long> Offsets => _more ?? new ReadOnlySpan<long>(in _first);

    /// <summary>What is sent; null while it is open and once it is applied.</summary>
    public EventBatch? Sent { get; private set; }

    /// <inheritdoc/>
    public override bool IsVoid => _session.IsEnded;

    /// <summary>Whether it was applied.</summary>
    public bool IsApplied => Volatile.Read(ref _stage) >= (int)Stage.Applied;

    /// <summary>Adds an event unless the batch is full or sent.</summary>
    /// <param name="item">The event.</param>
    /// <param name="maxEvents">Events at most.</param>
    /// <returns>Whether it was added.</returns>
    public bool TryAdd(in PendingEvent item, int maxEvents)
    {
        if (_stage != (int)Stage.Open || _count >= maxEvents)
        {
            return false;
        }

        if (_count == _events.Length)
        {
            Array.Resize(ref _events, Math.Min(maxEvents, _count * 2));
        }

        _events[_count++] = item.Positioned;
        Bytes += item.Bytes;
        _waited = item.Waited;
        return true;
    }

    /// <summary>Takes no more events: it is about to be sent.</summary>
    public void Close()
    {
        Array.Resize(ref _events, _count);
        _stage = (int)Stage.Sent;
        Activity?.SetTag("messaging.batch.message_count", _count);
        Sent = new EventBatch(_session.Epoch, _session.Partition, _events) { Waited = _waited, Receipt = this };
    }

    /// <summary>How long to wait before it is sent again; longer every time.</summary>
    /// <param name="first">The first delay.</param>
    /// <param name="max">The longest.</param>
    /// <returns>The delay.</returns>
    public TimeSpan NextDelay(TimeSpan first, TimeSpan max)
    {
        var backoff = _backoff ?? new Backoff(first, max);
        var delay = backoff.Next();
        _backoff = backoff;
        return delay;
    }

    /// <inheritdoc/>
    public override void Applied()
    {
        var events = _events;
        if (Volatile.Read(ref _stage) != (int)Stage.Sent)
        {
            return;
        }

        // Before anybody sees that it is applied: it may be told durable at once, on another thread.
        (_first, _more) = (events[0].Offset, _count == 1 ? null : Array.ConvertAll(events, static item => item.Offset));
        if (Interlocked.CompareExchange(ref _stage, (int)Stage.Applied, (int)Stage.Sent) == (int)Stage.Sent)
        {
            (_events, Sent) = ([], null);
            _session.OnApplied(this);
            Lane = null;
        }
    }

    /// <inheritdoc/>
    public override void Durable()
    {
        if (Interlocked.CompareExchange(ref _stage, (int)Stage.Ended, (int)Stage.Applied) == (int)Stage.Applied)
        {
            Activity?.Stop();
            _session.OnDurable(this);
        }
    }

    /// <inheritdoc/>
    public override void Failed(Exception exception)
    {
        if (!IsApplied)
        {
            _session.OnNotApplied(this, exception);
        }
        else if (Interlocked.CompareExchange(ref _stage, (int)Stage.Ended, (int)Stage.Applied) == (int)Stage.Applied)
        {
            Activity?.Stop();
            _session.OnLost(this, exception);
        }
    }
}
