namespace Personalization.Items;

/// <summary>How often an item was acted on within one minute of shop time.</summary>
/// <param name="ItemId">The item.</param>
/// <param name="Minute">Minutes since the Unix epoch.</param>
/// <param name="Weight">Sum of the events' weights (a purchase weighs more than a view).</param>
[GenerateSerializer]
[Immutable]
[Alias("personalization.item-count")]
public readonly record struct ItemCount([property: Id(0)] string ItemId, [property: Id(1)] long Minute, [property: Id(2)] float Weight);
