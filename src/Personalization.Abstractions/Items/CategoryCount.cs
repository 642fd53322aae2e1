namespace Personalization.Items;

/// <summary>A category and how many available items it holds.</summary>
/// <param name="Name">The category.</param>
/// <param name="Items">Available items.</param>
[GenerateSerializer]
[Immutable]
[Alias("personalization.category-count")]
public readonly record struct CategoryCount([property: Id(0)] string Name, [property: Id(1)] int Items);
