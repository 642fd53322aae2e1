namespace Personalization.Recommendations;

/// <summary>One of the caller's items.</summary>
/// <param name="ItemId">The item.</param>
/// <param name="Score">Probability of being next (0-1); 0 when not known.</param>
/// <param name="Known">False: the model does not know it; it keeps its place behind all known ones.</param>
[GenerateSerializer]
[Immutable]
[Alias("personalization.ranked-item")]
public sealed record RankedItem([property: Id(0)] string ItemId, [property: Id(1)] double Score, [property: Id(2)] bool Known);
