using Personalization.Recommendations;

namespace Personalization.Items;

/// <summary>A list of items that is not about one shopper: similar or trending.</summary>
/// <param name="Source">Where it came from.</param>
/// <param name="Items">Best first.</param>
[GenerateSerializer]
[Immutable]
[Alias("personalization.item-list")]
public sealed record ItemList([property: Id(0)] RecommendationSource Source, [property: Id(1)] RecommendedItem[] Items);
