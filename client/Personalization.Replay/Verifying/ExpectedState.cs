using System.Runtime.InteropServices;
using Personalization.Events;
using Personalization.Users;

namespace Personalization.Replay;

/// <summary>
/// What every user's history and sums must be after a stream was applied exactly once: a plain list for each user, computed from the stream alone, so
/// that it shares nothing with what it checks. The sums count what has left the history, too. Compact: 200,000 users with 2,000,000 events take about 200 MB. Adding is for one thread at a time; once all is
/// added, reading is thread-safe.
/// </summary>
/// <param name="capacity">Events a history holds at most.</param>
/// <param name="eventIdWindow">A user's latest event ids that a repeated event is recognised by.</param>
public sealed class ExpectedState(int capacity = ExpectedState.DefaultCapacity, int eventIdWindow = ExpectedState.DefaultEventIdWindow)
{
    /// <summary>Events that a user's history holds by default.</summary>
    public const int DefaultCapacity = 200;

    /// <summary>Event ids of a user that are remembered by default.</summary>
    public const int DefaultEventIdWindow = 128;

    private readonly Dictionary<string, ExpectedHistory> _users = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _itemNumbers = new(StringComparer.Ordinal);
    private readonly List<string> _items = [];

    /// <summary>The users of the stream.</summary>
    public IReadOnlyCollection<string> Users => _users.Keys;

    /// <summary>Events added so far, repeated ones too.</summary>
    public long Events { get; private set; }

    /// <summary>Events that repeated one of the user's latest.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Events that were older than a full history.</summary>
    public long TooLate { get; private set; }

    /// <summary>Adds the stream's next event.</summary>
    /// <param name="behaviorEvent">The event.</param>
    public void Add(BehaviorEvent behaviorEvent)
    {
        ArgumentNullException.ThrowIfNull(behaviorEvent);
        Events++;
        ref var user = ref CollectionsMarshal.GetValueRefOrAddDefault(_users, behaviorEvent.UserId, out _);
        user ??= new ExpectedHistory();
        if (!user.Remember(behaviorEvent.EventId, eventIdWindow))
        {
            Duplicates++;
        }
        else if (!user.Insert(ExpectedRow.Of(behaviorEvent, ItemNumber(behaviorEvent.ItemId)), capacity))
        {
            TooLate++;
        }
    }

    /// <summary>A user's expected history.</summary>
    /// <param name="userId">The user.</param>
    /// <returns>Newest first; empty for a user without events.</returns>
    public IReadOnlyList<ExpectedEvent> Of(string userId)
    {
        if (!_users.TryGetValue(userId, out var user))
        {
            return [];
        }

        var events = new ExpectedEvent[user.Count];
        for (var i = 0; i < events.Length; i++)
        {
            var row = user[user.Count - 1 - i];
            events[i] = row.ToEvent(_items[row.Item]);
        }

        return events;
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
                return $"user {userId}, place {i} from the newest: expected {expected[i]}, found {actual} (expected {expected.Count} events, found {history.Count})";
            }
        }

        return expected.Count == history.Count ? null : $"user {userId}: expected {expected.Count} events, found {history.Count}";
    }

    /// <summary>Compares the sums over a user's whole life with the expected ones: events by type, spend, first and last event.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="profile">The user's profile.</param>
    /// <returns>Null when they are equal, otherwise a sentence about the first difference.</returns>
    public string? Difference(string userId, UserProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return _users.TryGetValue(userId, out var user)
            ? user.Totals.Difference(profile) is { } difference ? $"user {userId}: {difference}" : null
            : profile.Counts.Count == 0 ? null : $"user {userId}: expected no event, found {string.Join(", ", profile.Counts.Keys)}";
    }

    private int ItemNumber(string itemId)
    {
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_itemNumbers, itemId, out var known);
        if (!known)
        {
            number = _items.Count;
            _items.Add(itemId);
        }

        return number;
    }
}
