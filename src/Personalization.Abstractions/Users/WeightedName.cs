namespace Personalization.Users;

/// <summary>A category or brand and its share.</summary>
/// <param name="Name">The name.</param>
/// <param name="Weight">0-1.</param>
[GenerateSerializer]
[Immutable]
[Alias("personalization.weighted-name")]
public readonly record struct WeightedName([property: Id(0)] string Name, [property: Id(1)] double Weight);
