using System.Runtime.InteropServices;
using Personalization.Events;
using Personalization.Users;

namespace Personalization.Replay;

/// <summary>
/// What every user's history must be after a stream was applied exactly once: the newest events by (time, order of the stream). Computed from the
/// stream alone, by sorting, so that it shares nothing with what it checks. Valid for streams in which impressions are less than a quarter of a
/// user's events (beyond that a full sequence lets impressions go first). Not thread-safe.
/// </summary>
/// <param name="capacity">Events a history holds at most.</param>
public sealed class ExpectedState(int capacity = ExpectedState.DefaultCapacity)
{
    /// <summary>Events that a user's history holds by default.</summary>
    public const int DefaultCapacity = 200;

    private readonly Dictionary<string, List<(ExpectedEvent Event, long Order)>> _users = new(StringComparer.Ordinal);
    private long _order;

    /// <summary>The users of the stream.</summary>
    public IReadOnlyCollection<string> Users => _users.Keys;

    /// <summary>Events added so far.</summary>
    public long Events => _order;

    /// <summary>Adds the stream's next event.</summary>
    /// <param name="behaviorEvent">The event.</param>
    public void Add(BehaviorEvent behaviorEvent)
    {
        ArgumentNullException.ThrowIfNull(behaviorEvent);
        ref var events = ref CollectionsMarshal.GetValueRefOrAddDefault(_users, behaviorEvent.UserId, out _);
        events ??= [];
        events.Add((new ExpectedEvent(behaviorEvent.Timestamp, behaviorEvent.ItemId, behaviorEvent.Type, behaviorEvent.Quantity, behaviorEvent.Price), _order++));
        if (events.Count >= capacity * 2)
        {
            Trim(events);
        }
    }

    /// <summary>A user's expected history.</summary>
    /// <param name="userId">The user.</param>
    /// <returns>Newest first; empty for a user without events.</returns>
    public IReadOnlyList<ExpectedEvent> Of(string userId)
    {
        if (!_users.TryGetValue(userId, out var events))
        {
            return [];
        }

        Trim(events);
        return [.. events.Select(entry => entry.Event).Reverse()];
    }

    /// <summary>Compares a user's history with the expected one.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="history">All of the user's pages, newest first.</param>
    /// <returns>Null when they are equal, otherwise a sentence about the first difference.</returns>
    public string? Difference(string userId, IReadOnlyList<HistoryEvent> history)
    {
        ArgumentNullException.ThrowIfNull(history);
        var expected = Of(userId);
        for (var i = 0; i < Math.Min(expected.Count, history.Count); i++)
        {
            var actual = ExpectedEvent.Of(history[i]);
            if (expected[i] != actual)
            {
                return $"user {userId}, place {i} from the newest: expected {expected[i]}, found {actual}";
            }
        }

        return expected.Count == history.Count ? null : $"user {userId}: expected {expected.Count} events, found {history.Count}";
    }

    private void Trim(List<(ExpectedEvent Event, long Order)> events)
    {
        events.Sort(static (left, right) =>
            left.Event.Timestamp.CompareTo(right.Event.Timestamp) is not 0 and var byTime ? byTime : left.Order.CompareTo(right.Order));
        if (events.Count > capacity)
        {
            events.RemoveRange(0, events.Count - capacity);
        }
    }
}
