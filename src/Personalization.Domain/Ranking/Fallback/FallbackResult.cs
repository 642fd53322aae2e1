using Personalization.Recommendations;

namespace Personalization.Ranking;

/// <summary>A shelf made without the model, or filled up without it.</summary>
/// <param name="Items">Best first.</param>
/// <param name="Source">What made its first place.</param>
public sealed record FallbackResult(RecommendedItem[] Items, RecommendationSource Source);
