using System.Runtime.InteropServices;
using Personalization.Events;

namespace Personalization.Replay;

/// <summary>An expected event in 40 bytes.</summary>
/// <param name="Milliseconds">Epoch milliseconds.</param>
/// <param name="Price">0 when there is none.</param>
/// <param name="Item">The item's number.</param>
/// <param name="Quantity">0 when there is none: a quantity is at least 1.</param>
/// <param name="Type">What was done.</param>
/// <param name="HasPrice">Whether there is a price.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ExpectedRow(long Milliseconds, decimal Price, int Item, int Quantity, EventType Type, bool HasPrice)
{
    public static ExpectedRow Of(BehaviorEvent behaviorEvent, int item) => new(
        behaviorEvent.Timestamp.ToUnixTimeMilliseconds(), behaviorEvent.Price ?? 0, item, behaviorEvent.Quantity ?? 0, behaviorEvent.Type, behaviorEvent.Price is not null);

    public ExpectedEvent ToEvent(string itemId) => new(
        DateTimeOffset.FromUnixTimeMilliseconds(Milliseconds), itemId, Type, Quantity == 0 ? null : Quantity, HasPrice ? Price : null);
}
