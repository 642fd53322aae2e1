namespace Personalization.Items;

/// <summary>An item and its score; only the order of scores has a meaning.</summary>
/// <param name="ItemId">The item.</param>
/// <param name="Score">Higher is better.</param>
[GenerateSerializer]
[Immutable]
[Alias("personalization.item-score")]
public readonly record struct ItemScore([property: Id(0)] string ItemId, [property: Id(1)] double Score);
