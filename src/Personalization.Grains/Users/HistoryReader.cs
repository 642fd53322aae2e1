using Personalization.Events;

namespace Personalization.Users;

/// <summary>Pages through a sequence, newest first. A page continues behind an event by its place in the stream, so new events do not shift it.</summary>
internal static class HistoryReader
{
    /// <summary>Reads a page.</summary>
    /// <param name="userId">The shopper.</param>
    /// <param name="state">The state.</param>
    /// <param name="query">The page; valid.</param>
    /// <returns>The page.</returns>
    /// <exception cref="ArgumentException"><see cref="HistoryQuery.Before"/> is not a position.</exception>
    public static HistoryPage Read(string userId, UserState state, HistoryQuery query)
    {
        var end = query.Before is null ? state.Sequence.Count : PlaceOf(state.Sequence, RequestRules.Version(query.Before)!.Value);
        var start = Math.Max(0, end - query.Limit);
        var events = new HistoryEvent[end - start];
        for (var i = 0; i < events.Length; i++)
        {
            var item = state.Sequence[end - 1 - i];
            events[i] = new HistoryEvent
            {
                ItemId = item.ItemId,
                Type = item.Type,
                Timestamp = item.Timestamp,
                Quantity = item.Quantity,
                Price = item.Price,
                Position = item.Position.ToString(),
            };
        }

        return new HistoryPage { UserId = userId, Version = state.Version, Events = events, Next = start > 0 ? events[^1].Position : null };
    }

    /// <summary>Index of an event; when it has left the ring meanwhile, of the first one that came after it in its stream.</summary>
    private static int PlaceOf(BehaviorSequence sequence, StreamPosition before)
    {
        var place = 0;
        for (var i = 0; i < sequence.Count; i++)
        {
            var position = sequence[i].Position;
            if (position == before)
            {
                return i;
            }

            if (position.Partition == before.Partition && position.Offset < before.Offset && string.Equals(position.Epoch, before.Epoch, StringComparison.Ordinal))
            {
                place = i + 1;
            }
        }

        return place;
    }
}
