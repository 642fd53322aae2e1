using Personalization.Events;
using Personalization.Users;

namespace Personalization.Domain.Tests.Users;

/// <summary>Makes events briefly.</summary>
internal static class Some
{
    public static readonly DateTimeOffset Start = new(2011, 6, 1, 9, 0, 0, TimeSpan.Zero);

    public static BehaviorEvent Event(string item, double minute, EventType type = EventType.Click, string? id = null, decimal? price = null) => new()
    {
        EventId = id ?? $"{item}@{minute}",
        UserId = "u1",
        ItemId = item,
        Type = type,
        Timestamp = Start.AddMinutes(minute),
        Price = price,
    };

    public static EventBatch Batch(long firstOffset, params BehaviorEvent[] events) => BatchOf("e1", 3, firstOffset, events);

    public static EventBatch BatchOf(string epoch, int partition, long firstOffset, params BehaviorEvent[] events) =>
        new(epoch, partition, [.. events.Select((e, i) => new PositionedEvent(firstOffset + i, e))]);

    public static StoredEvent Stored(string item, double minute, long offset = 0, EventType type = EventType.Click) =>
        new(item, type, Start.AddMinutes(minute), null, null, new StreamPosition("e1", 3, offset));

    public static string Items(this UserState state) => string.Concat(state.Sequence.Select(e => e.ItemId));
}
