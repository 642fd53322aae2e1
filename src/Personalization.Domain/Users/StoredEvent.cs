using Personalization.Events;
using Personalization.Time;

namespace Personalization.Users;

/// <summary>One event as the sequence keeps it.</summary>
/// <param name="ItemId">The item.</param>
/// <param name="Type">What was done.</param>
/// <param name="Timestamp">When, to the millisecond.</param>
/// <param name="Quantity">Pieces, if known.</param>
/// <param name="Price">Price of one piece, if known.</param>
/// <param name="Position">Its place in the stream.</param>
public readonly record struct StoredEvent(
    string ItemId,
    EventType Type,
    DateTimeOffset Timestamp,
    int? Quantity,
    decimal? Price,
    StreamPosition Position)
{
    /// <summary>What is kept of an event.</summary>
    internal static StoredEvent Of(BehaviorEvent item, StreamPosition position) =>
        new(item.ItemId, item.Type, item.Timestamp.ToWholeMilliseconds(), item.Quantity, item.Price, position);
}
