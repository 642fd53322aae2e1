using System.Runtime.InteropServices;

namespace Personalization.Ingestion;

/// <summary>
/// One assigned partition from its assignment to its loss: which events are open, and the lanes of the users they belong to. A user's next batch is sent
/// when the one before is applied. <see cref="Add"/>, <see cref="Flush"/> and <see cref="End"/> are for the consume thread; batches report from any.
/// </summary>
#pragma warning disable CA1001 // Calls under way outlive the session and read the token; a source without a timer holds nothing to free.
internal sealed class PartitionSession(string epoch, int partition, PartitionServices services)
{
    // A row that is damaged stays so, but what looks like it may be a read that went wrong.
    private const int DamagedTries = 5;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, UserLane> _lanes = new(StringComparer.Ordinal);
    private readonly List<UserBatch> _ready = [];
    private readonly CancellationTokenSource _ended = new();
    private readonly PartitionServices _services = services;
    private long _brokenAt;
    private long _stuckBytes;

    /// <summary>Identity of the topic.</summary>
    public string Epoch => epoch;

    /// <summary>The partition.</summary>
    public int Partition => partition;

    /// <summary>What is open and what is done.</summary>
    public OffsetTracker Offsets { get; } = new();

    /// <summary>The committed offset it started from, else that of the first event; -1: the beginning, of which nothing came yet.</summary>
    public long Start { get; set; } = -1;

    /// <summary>Whether the group's committed offset is one of another log, and is still to be replaced.</summary>
    public bool OwesOffset { get; set; }

    /// <summary>The position up to which progress was handed to the client.</summary>
    public long Stored { get; set; } = -1;

    /// <summary>Log end minus the next position to commit; -1: not known yet.</summary>
    public long Lag { get; set; } = -1;

    /// <summary>Whether it is read no further because too much is open.</summary>
    public bool IsHeld { get; set; }

    /// <summary>Cancelled when the partition is no longer ours or is read again.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Whether it ended.</summary>
    public bool IsEnded => _ended.IsCancellationRequested;

    /// <summary>Since when events are known to be lost that were applied and not stored (a timestamp); 0: none. The partition is to be read again.</summary>
    public long BrokenAt => Volatile.Read(ref _brokenAt);

    /// <summary>Bytes that wait until their users' rows can be written: no room in flight for other partitions is taken by them.</summary>
    public long StuckBytes => Volatile.Read(ref _stuckBytes);

    /// <summary>Users with events in flight.</summary>
    public int Lanes
    {
        get
        {
            lock (_lock)
            {
                return _lanes.Count;
            }
        }
    }

    /// <summary>Opens an offset that is not an event for a grain; it is closed by <see cref="Complete"/>.</summary>
    public void Open(long offset, int bytes)
    {
        Offsets.Track(offset);
        Start = Start < 0 ? offset : Start;
        _services.Budget.Add(bytes);
    }

    /// <summary>Closes what <see cref="Open"/> opened.</summary>
    /// <param name="offset">The offset.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="done">False: given up, it is to be read again.</param>
    public void Complete(long offset, int bytes, bool done)
    {
        if (done)
        {
            Offsets.Complete(offset);
        }

        _services.Budget.Release(1, bytes);
    }

    /// <summary>Takes an event in; <see cref="Flush"/> sends it.</summary>
    public void Add(in PendingEvent item)
    {
        Open(item.Positioned.Offset, item.Bytes);
        var userId = item.Positioned.Event.UserId;
        lock (_lock)
        {
            ref var lane = ref CollectionsMarshal.GetValueRefOrAddDefault(_lanes, userId, out _);
            lane ??= new UserLane(userId);
            if (lane.Add(this, item, _services.Options.MaxAppendEvents))
            {
                _ready.Add(lane.Head!);
            }

            if (lane.IsStuck)
            {
                CountApart(item.Bytes);
            }
        }
    }

    /// <summary>Sends what was taken in since the last time, where nothing is under way.</summary>
    public void Flush()
    {
        if (_ready.Count == 0)
        {
            return;
        }

        lock (_lock)
        {
            _ready.ForEach(static batch => batch.Close());
        }

        _ready.ForEach(Send);
        _ready.Clear();
    }

    /// <summary>Ends it: what is not applied yet is given up, and belongs to the next owner.</summary>
    public void End() => _ended.Cancel();

    /// <summary>A batch is applied: the next one of its user follows.</summary>
    /// <param name="batch">The batch.</param>
    public void OnApplied(UserBatch batch)
    {
        if (Advance(batch) is { } next)
        {
            Send(next);
        }
    }

    /// <summary>A batch is stored.</summary>
    /// <param name="batch">The batch.</param>
    public void OnDurable(UserBatch batch)
    {
        Offsets.Complete(batch.Offsets);
        _services.Instruments.Appended(batch.Result, batch.PolledAt);
        _services.Budget.Release(batch.Count, 0);
    }

    /// <summary>A batch was not applied: it is sent again, however often, unless the session ended or the user's row is damaged.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="exception">Why.</param>
    public void OnNotApplied(UserBatch batch, Exception exception)
    {
        if (IsEnded)
        {
            Abandon(batch);
            return;
        }

        Stick(batch);
        _services.Appender.Report(exception);
        _ = IsDamage(exception) && ++batch.Lane!.Damages >= DamagedTries ? SetAsideAsync(batch) : SendAgainAsync(batch);
    }

    /// <summary>A batch was applied and is lost: everything that is not stored has to be read again, in its order.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="exception">Why.</param>
    public void OnLost(UserBatch batch, Exception exception)
    {
        // Ended first: what is under way to a later activation of this user must not be applied before this batch is.
        End();
        Interlocked.CompareExchange(ref _brokenAt, _services.Time.GetTimestamp(), 0);
        _services.Appender.Report(exception);
        _services.Budget.Release(batch.Count, 0);
    }

    private void Send(UserBatch batch)
    {
        if (IsEnded)
        {
            Abandon(batch);
        }
        else
        {
            _services.Appender.Send(batch);
        }
    }

    private async Task SendAgainAsync(UserBatch batch)
    {
        var delay = batch.NextDelay(_services.Options.RetryDelay, _services.Options.MaxRetryDelay);
        await Task.Delay(delay, _services.Time, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!batch.IsApplied)
        {
            Send(batch);
        }
    }

    private async Task SetAsideAsync(UserBatch batch)
    {
        if (await _services.DeadLetters.PublishDamagedAsync(batch.Sent!, Ended))
        {
            // Nothing more comes of it: it is as good as stored.
            batch.Applied();
            batch.Durable();
        }
        else
        {
            Abandon(batch);
        }
    }

    // A newer release's row is none: another silo can read it. A grain elsewhere may tell it by way of another exception.
    private static bool IsDamage(Exception? exception)
    {
        while (exception is not null and not InvalidDataException)
        {
            exception = exception.InnerException;
        }

        return exception is not null;
    }

    private void Abandon(UserBatch? batch)
    {
        for (; batch is not null; batch = Advance(batch))
        {
            _services.Budget.Release(batch.Count, 0);
        }
    }

    // One user whose row cannot be written would in time keep all partitions from being read.
    private void Stick(UserBatch batch)
    {
        lock (_lock)
        {
            if (batch.Lane is { IsStuck: false } lane)
            {
                lane.IsStuck = true;
                CountApart(lane.Bytes);
            }
        }
    }

    private void CountApart(long bytes)
    {
        Interlocked.Add(ref _stuckBytes, bytes);
        _services.Budget.Release(0, bytes);
    }

    private UserBatch? Advance(UserBatch batch)
    {
        lock (_lock)
        {
            var lane = batch.Lane!;
            if (lane.IsStuck)
            {
                Interlocked.Add(ref _stuckBytes, -batch.Bytes);
            }
            else
            {
                _services.Budget.Release(0, batch.Bytes);
            }

            var next = lane.Advance();
            if (next is null)
            {
                _lanes.Remove(lane.UserId);
            }
            else
            {
                next.Close();
            }

            return next;
        }
    }
}
