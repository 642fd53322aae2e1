namespace Personalization.Inference;

/// <summary>Sums over a shopper's whole life, of which a sequence holds only the end. All zero: unknown.</summary>
/// <param name="Purchases">Purchases, events of any item.</param>
/// <param name="Cancels">Cancellations, likewise.</param>
/// <param name="Spend">Quantity x price over purchases less cancellations.</param>
/// <param name="FirstSeen">First event that is interest (no impression, hide or removal from the cart, which training does not know), Unix milliseconds.</param>
[GenerateSerializer]
[Immutable]
[Alias("personalization.life-totals")]
public readonly record struct LifeTotals(
    [property: Id(0)] long Purchases,
    [property: Id(1)] long Cancels,
    [property: Id(2)] double Spend,
    [property: Id(3)] long FirstSeen);
