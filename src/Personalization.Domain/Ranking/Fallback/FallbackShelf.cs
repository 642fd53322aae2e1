using Personalization.Catalog;
using Personalization.Items;
using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Ranking;

/// <summary>
/// Makes a shelf without the model: last good list, then similar to the last item, then trending, then the catalogue's order, with the same
/// eligibility as the model's shelves. Where one source is too short the next fills up. Where everything eligible was acted on lately, that is
/// shown rather than nothing: never empty while the catalogue has an item that is available, asked for and not hidden. Thread-safe.
/// </summary>
/// <param name="catalog">The silo's catalogue.</param>
/// <param name="options">Validated options.</param>
public sealed class FallbackShelf(IItemCatalog catalog, RankingOptions options)
{
    private static readonly Reason Trending = new("trending", [], "Popular right now");
    private static readonly Reason Catalog = new("catalog", [], "From our range");

    /// <summary>Makes the shelf.</summary>
    /// <param name="sources">What there is.</param>
    /// <param name="sequence">The shopper's events, oldest first; empty for an unknown one.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="now">Shop time.</param>
    /// <returns>The shelf and its first source.</returns>
    public FallbackResult Build(FallbackSources sources, IReadOnlyList<StoredEvent> sequence, RecommendationRequest request, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentNullException.ThrowIfNull(sequence);
        ArgumentNullException.ThrowIfNull(request);
        var shelf = Build(sources, new ShopperHistory(sequence, now, options.RecentWindow), request);
        return shelf.Items.Length > 0 ? shelf : Build(sources, new ShopperHistory(sequence, now, TimeSpan.Zero), request);
    }

    private FallbackResult Build(FallbackSources sources, ShopperHistory history, RecommendationRequest request)
    {
        var eligibility = new Eligibility(catalog, options, request, history);
        var shelf = new List<RecommendedItem>(request.Count);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var first = RecommendationSource.Catalog;
        foreach (var (source, place) in Places(sources, request))
        {
            if (shelf.Count == request.Count)
            {
                break;
            }

            if (!taken.Contains(place.ItemId) && eligibility.Allows(place.ItemId, out var item))
            {
                first = shelf.Count == 0 ? source : first;
                taken.Add(place.ItemId);
                shelf.Add(place with { Item = request.IncludeItems ? item : null });
            }
        }

        return new FallbackResult([.. shelf], first);
    }

    private IEnumerable<(RecommendationSource Source, RecommendedItem Place)> Places(FallbackSources sources, RecommendationRequest request)
    {
        foreach (var place in sources.ModelShelf)
        {
            yield return (RecommendationSource.Model, place);
        }

        foreach (var place in sources.LastGood)
        {
            yield return (RecommendationSource.LastGood, place);
        }

        var similar = SimilarReason(sources.SimilarTo);
        foreach (var score in sources.Similar)
        {
            yield return (RecommendationSource.Similar, Place(score, similar));
        }

        foreach (var score in sources.Trending)
        {
            yield return (RecommendationSource.Trending, Place(score, Trending));
        }

        var rest = request.Categories is { Length: > 0 } categories ? categories.SelectMany(catalog.InCategory) : catalog.Snapshot();
        foreach (var item in rest)
        {
            yield return (RecommendationSource.Catalog, Place(new ItemScore(item.ItemId, 0), Catalog));
        }
    }

    private Reason SimilarReason(string? itemId)
    {
        if (itemId is null)
        {
            return new Reason("similar", [], "Similar to what you looked at");
        }

        var title = catalog.TryGet(itemId, out var item) ? item.Title : itemId;
        return new Reason("similar", [itemId], $"Similar to {title}");
    }

    private static RecommendedItem Place(ItemScore score, Reason reason) => new() { ItemId = score.ItemId, Score = score.Score, Reason = reason };
}
