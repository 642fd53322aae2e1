using Personalization.Items;
using Personalization.Recommendations;

namespace Personalization.Ranking;

/// <summary>What a shelf without the model can be made of; each part may be missing. Used in the order of the properties.</summary>
public sealed record FallbackSources
{
    /// <summary>A model shelf that is too short and is to be filled up: its places stay first.</summary>
    public IReadOnlyList<RecommendedItem> ModelShelf { get; init; } = [];

    /// <summary>The shopper's last good list.</summary>
    public IReadOnlyList<RecommendedItem> LastGood { get; init; } = [];

    /// <summary>Items similar to <see cref="SimilarTo"/>, best first.</summary>
    public IReadOnlyList<ItemScore> Similar { get; init; } = [];

    /// <summary>The shopper's last item, named in the reasons.</summary>
    public string? SimilarTo { get; init; }

    /// <summary>What rises in the shop, best first.</summary>
    public IReadOnlyList<ItemScore> Trending { get; init; } = [];
}
