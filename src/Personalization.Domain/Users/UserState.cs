using Personalization.Churn;
using Personalization.Events;
using Personalization.Time;

namespace Personalization.Users;

/// <summary>
/// Everything one shopper's grain knows: the rolling sequence, how far each stream is applied, what a producer sent lately, sums over the whole life and
/// the erasure marker. An event is applied at most once, whatever is replayed or sent twice. Not thread-safe.
/// </summary>
public sealed class UserState
{
    /// <summary>Makes the state of a user nothing was heard of.</summary>
    /// <param name="capacity">Events the sequence holds, at least 1.</param>
    /// <param name="eventIdWindow">Event ids that are remembered.</param>
    public UserState(int capacity = 200, int eventIdWindow = 128)
    {
        Sequence = new BehaviorSequence(capacity);
        EventIds = new RecentEventIds(eventIdWindow);
    }

    /// <summary>The newest events.</summary>
    public BehaviorSequence Sequence { get; }

    /// <summary>How far each stream is applied.</summary>
    public UserPositions Positions { get; } = new();

    /// <summary>What a producer sent lately.</summary>
    public RecentEventIds EventIds { get; }

    /// <summary>Sums over the whole life since the first event or the last erasure.</summary>
    public UserTotals Totals { get; internal set; } = new();

    /// <summary>What is remembered about churn; its next check is stored beside the state, where it is indexed.</summary>
    public ChurnMemory Churn { get; set; } = ChurnMemory.Empty;

    /// <summary>When the user was last erased (shop time), or null.</summary>
    public DateTimeOffset? ErasedAt { get; internal set; }

    /// <summary>
    /// Events of any second (event time) that are taken in at most; whoever does more is no shopper. 0: any number. Beyond the capacity of the sequence it has
    /// no effect. The same events are dropped whenever the stream is read again in the same order.
    /// </summary>
    public int MaxEventsPerSecond { get; set; }

    /// <summary>Whether anything was ever heard of this user.</summary>
    public bool IsKnown => Positions.Last is not null || ErasedAt is not null;

    /// <summary>The version token of this state, or null when no event was applied yet.</summary>
    public string? Version => Positions.Last?.ToString();

    /// <summary>Whether the state holds everything up to a place in the stream.</summary>
    /// <param name="position">The place.</param>
    /// <returns>Whether it does.</returns>
    public bool Covers(StreamPosition position) => Positions.Covers(position);

    /// <summary>Applies a batch: moves the position on and keeps every event that is new.</summary>
    /// <param name="batch">Events of this user.</param>
    /// <param name="kept">Receives the events that are new, in the order of the batch; null: not wanted.</param>
    /// <returns>What became of them.</returns>
    public AppendResult Apply(EventBatch batch, ICollection<BehaviorEvent>? kept = null)
    {
        ArgumentNullException.ThrowIfNull(batch);
        int applied = 0, duplicates = 0, tooLate = 0, capped = 0;
        foreach (var positioned in batch.Events)
        {
            var (offset, item) = positioned;
            var position = new StreamPosition(batch.Epoch, batch.Partition, offset);
            if (!Positions.Advance(position) || !EventIds.Add(item.EventId))
            {
                duplicates++;
            }
            else if (IsCapped(item.Timestamp))
            {
                capped++;
            }
            else if (!IsErased(positioned) && Keep(item, position))
            {
                kept?.Add(item);
                applied++;
            }
            else
            {
                tooLate++;
            }
        }

        return new AppendResult(applied, duplicates, tooLate, capped);
    }

    /// <summary>
    /// Forgets the shopper. The positions and the time of the erasure stay, so that neither a replay nor an event that was already on its way
    /// brings anything back.
    /// </summary>
    /// <param name="now">Shop time: events up to it are not taken in any more.</param>
    public void Erase(DateTimeOffset now)
    {
        Sequence.Clear();
        EventIds.Clear();
        Totals = new UserTotals();
        Churn = ChurnMemory.Empty;
        ErasedAt = ErasedAt is { } before && before > now ? before : now.ToWholeMilliseconds();
    }

    private bool IsCapped(DateTimeOffset timestamp)
    {
        var max = MaxEventsPerSecond;
        return max > 0 && Sequence.Count >= max
            && (timestamp - Sequence[Sequence.Count - max].Timestamp).Duration() < TimeSpan.FromSeconds(1);
    }

    // A shopper's clock may be ahead of the shop's: what was in the stream by then is of the time before, whatever its own time says.
    private bool IsErased(in PositionedEvent positioned) => ErasedAt is { } erased
        && (positioned.Event.Timestamp.ToWholeMilliseconds() <= erased || (positioned.RecordedAt != 0 && positioned.RecordedAt <= erased.ToUnixTimeMilliseconds()));

    private bool Keep(BehaviorEvent item, StreamPosition position)
    {
        var stored = StoredEvent.Of(item, position);
        if (!Sequence.Add(stored))
        {
            return false;
        }

        Totals.Add(stored.Type, stored.Timestamp, stored.Quantity, stored.Price);
        return true;
    }
}
