using Personalization.Events;

namespace Personalization.Ingestion;

/// <summary>
/// One assigned partition from its assignment to its loss: which events are open, and the lanes of the users they belong to.
/// <see cref="Add"/>, <see cref="Flush"/> and <see cref="End"/> are for the consume thread; lanes run on the pool.
/// </summary>
#pragma warning disable CA1001 // Calls under way outlive the session and read the token; a source without a timer holds nothing to free.
internal sealed class PartitionSession(string epoch, int partition, PartitionServices services)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, UserLane> _lanes = new(StringComparer.Ordinal);
    private readonly List<UserLane> _ready = [];
    private readonly CancellationTokenSource _ended = new();
    private readonly PartitionServices _services = services;

    /// <summary>Identity of the topic.</summary>
    public string Epoch => epoch;

    /// <summary>The partition.</summary>
    public int Partition => partition;

    /// <summary>What is open and what is done.</summary>
    public OffsetTracker Offsets { get; } = new();

    /// <summary>The committed offset it started from; -1: the beginning.</summary>
    public long Start { get; set; } = -1;

    /// <summary>The position up to which progress was handed to the client.</summary>
    public long Stored { get; set; } = -1;

    /// <summary>Log end minus the next position to commit; -1: not known yet.</summary>
    public long Lag { get; set; } = -1;

    /// <summary>Cancelled when the partition is no longer ours.</summary>
    public CancellationToken Ended => _ended.Token;

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
            if (!_lanes.TryGetValue(userId, out var lane))
            {
                lane = new UserLane(userId);
                _lanes.Add(userId, lane);
            }

            lane.Waiting.Enqueue(item);
            if (!lane.IsBusy)
            {
                lane.IsBusy = true;
                _ready.Add(lane);
            }
        }
    }

    /// <summary>Starts the lanes that got events since the last time.</summary>
    public void Flush()
    {
        foreach (var lane in _ready)
        {
            _ = RunAsync(lane);
        }

        _ready.Clear();
    }

    /// <summary>Ends repetitions: what is not durable belongs to the next owner.</summary>
    public void End() => _ended.Cancel();

    private async Task RunAsync(UserLane lane)
    {
        while (TryTake(lane, out var events, out var bytes, out var first))
        {
            AppendResult? result = null;
            using (IngestionActivity.StartAppend(first.Trace, partition, events.Length))
            {
                result = await _services.Appender.AppendAsync(lane.UserId, new EventBatch(epoch, partition, events), _ended.Token);
            }

            if (result is { } appended)
            {
                Offsets.Complete(events);
                _services.Instruments.Appended(appended, first.PolledAt);
            }

            _services.Budget.Release(events.Length, bytes);
        }
    }

    private bool TryTake(UserLane lane, out PositionedEvent[] events, out long bytes, out PendingEvent first)
    {
        bytes = 0;
        lock (_lock)
        {
            if (!lane.Waiting.TryPeek(out first))
            {
                _lanes.Remove(lane.UserId);
                events = [];
                return false;
            }

            events = new PositionedEvent[Math.Min(lane.Waiting.Count, _services.MaxAppendEvents)];
            for (var i = 0; i < events.Length; i++)
            {
                var item = lane.Waiting.Dequeue();
                events[i] = item.Positioned;
                bytes += item.Bytes;
            }

            return true;
        }
    }
}
