namespace Personalization.Inference.Packages;

/// <summary>What <c>totals</c> of <c>model.json</c> names: a number of the shopper's whole life that the graph asks for.</summary>
internal enum LifeTotal
{
    /// <summary>Purchases, events.</summary>
    Purchases,

    /// <summary>Cancellations, events.</summary>
    Cancels,

    /// <summary>Spent less returned.</summary>
    Spend,

    /// <summary>Days from the first event to the newest of the sequence.</summary>
    TenureDays,
}
