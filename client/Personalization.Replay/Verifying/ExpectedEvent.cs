using System.Globalization;
using Personalization.Events;
using Personalization.Users;

namespace Personalization.Replay;

/// <summary>What of an event its place in a history must show.</summary>
/// <param name="Timestamp">When, to the millisecond.</param>
/// <param name="ItemId">The item.</param>
/// <param name="Type">What was done.</param>
/// <param name="Quantity">Pieces, if known.</param>
/// <param name="Price">Price of one piece, if known.</param>
public readonly record struct ExpectedEvent(DateTimeOffset Timestamp, string ItemId, EventType Type, int? Quantity, decimal? Price)
{
    /// <summary>Takes the comparable part of an answer.</summary>
    /// <param name="stored">One event of a history page.</param>
    /// <returns>The comparable part.</returns>
    public static ExpectedEvent Of(HistoryEvent stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        return new ExpectedEvent(stored.Timestamp, stored.ItemId, stored.Type, stored.Quantity, stored.Price);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Timestamp:yyyy-MM-ddTHH:mm:ss.fffZ} {Type} {ItemId} quantity {Quantity?.ToString(CultureInfo.InvariantCulture) ?? "-"} price {Price?.ToString("0.####", CultureInfo.InvariantCulture) ?? "-"}");
}
