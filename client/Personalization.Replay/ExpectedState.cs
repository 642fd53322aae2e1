using Personalization.Events;
using Personalization.Users;

namespace Personalization.Replay;

/// <summary>What every user's stored sequence must be, computed from the events alone.</summary>
public static class ExpectedState
{
    /// <summary>The newest events of each user, oldest first (event time, then the order of the stream).</summary>
    /// <param name="events">All events in the order in which they were streamed.</param>
    /// <param name="capacity">Length of a sequence.</param>
    /// <returns>User to events.</returns>
    public static IReadOnlyDictionary<string, BehaviorEvent[]> Of(IEnumerable<BehaviorEvent> events, int capacity = 200) => events
        .GroupBy(e => e.UserId, StringComparer.Ordinal)
        .ToDictionary(user => user.Key, user => user.OrderBy(e => e.Timestamp).TakeLast(capacity).ToArray(), StringComparer.Ordinal);

    /// <summary>Compares a stored history with what is expected.</summary>
    /// <param name="expected">Oldest first.</param>
    /// <param name="actual">Newest first, as the API answers.</param>
    /// <returns>The first difference in words, or null.</returns>
    public static string? Difference(IReadOnlyList<BehaviorEvent> expected, IReadOnlyList<HistoryEvent> actual)
    {
        ArgumentNullException.ThrowIfNull(expected);
        ArgumentNullException.ThrowIfNull(actual);
        if (expected.Count != actual.Count)
        {
            return $"{actual.Count} events are stored, {expected.Count} are expected";
        }

        for (var i = 0; i < expected.Count; i++)
        {
            var (want, have) = (expected[i], actual[^(i + 1)]);
            if (want.ItemId != have.ItemId || want.Type != have.Type || want.Timestamp != have.Timestamp || want.Quantity != have.Quantity || want.Price != have.Price)
            {
                return $"event {i} is {have.Type} of {have.ItemId} at {have.Timestamp:O} x {have.Quantity} for {have.Price}, expected {want.Type} of {want.ItemId} at {want.Timestamp:O} x {want.Quantity} for {want.Price}";
            }
        }

        return null;
    }
}
