using Orleans.Concurrency;
using Personalization.Catalog;
using Personalization.Inference;
using Personalization.Recommendations;

namespace Personalization.Items;

/// <summary>Answers about items from the silo's own copy of the catalogue.</summary>
[StatelessWorker]
[Reentrant]
internal sealed class CatalogGrain(IItemCatalog catalog, IInferenceRouter router, TrendingCache trending) : Grain, ICatalogGrain
{
    private const int MaxCount = 100;
    private static readonly Reason Rising = new("trending", [], "Popular right now");
    private static readonly Reason InCatalog = new("catalog", [], "From our range");

    public ValueTask<Item?> Get(string itemId) => ValueTask.FromResult(catalog.TryGet(itemId, out var item) ? item : null);

    public async ValueTask<ItemList?> Similar(string itemId, int count, CancellationToken cancellationToken)
    {
        CheckCount(count);
        var known = catalog.TryGet(itemId, out var item);
        var title = known ? item!.Title : itemId;
        var reason = new Reason("similar", [itemId], $"Similar to {title}");
        var scores = await router.SimilarAsync(itemId, count, cancellationToken) ?? [];
        if (scores.Where(s => Offers(s.ItemId, category: null)).Take(count).ToArray() is { Length: > 0 } similar)
        {
            return new ItemList(RecommendationSource.Similar, [.. similar.Select(s => Place(s.ItemId, s.Score, reason))]);
        }

        if (!known)
        {
            return null;
        }

        // The model does not know it yet: its neighbours on the shop's shelf.
        var shared = item!.Categories
            .SelectMany(catalog.InCategory)
            .Where(i => catalog.Offers(i) && !string.Equals(i.ItemId, itemId, StringComparison.Ordinal))
            .DistinctBy(i => i.ItemId, StringComparer.Ordinal)
            .Take(count);
        return new ItemList(RecommendationSource.Catalog, [.. shared.Select(i => Place(i.ItemId, 0, reason))]);
    }

    public async ValueTask<ItemList> Trending(int count, TimeSpan window, string? category)
    {
        CheckCount(count);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(window, TimeSpan.Zero);
        var rising = (await trending.GetAsync(window))
            .Where(s => Offers(s.ItemId, category))
            .Take(count)
            .ToArray();
        return rising.Length > 0
            ? new ItemList(RecommendationSource.Trending, [.. rising.Select(s => Place(s.ItemId, s.Score, Rising))])
            : new ItemList(
                RecommendationSource.Catalog,
                [.. (category is null ? catalog.Snapshot() : catalog.InCategory(category)).Where(catalog.Offers).Take(count).Select(i => Place(i.ItemId, 0, InCatalog))]);
    }

    public ValueTask<CategoryCount[]> Categories() => ValueTask.FromResult<CategoryCount[]>(
    [
        .. catalog.Categories
            .Select(name => new CategoryCount(name, catalog.InCategory(name).Count(catalog.Offers)))
            .Where(c => c.Items > 0)
            .OrderByDescending(c => c.Items).ThenBy(c => c.Name, StringComparer.Ordinal),
    ]);

    private static void CheckCount(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxCount);
    }

    private bool Offers(string itemId, string? category) => catalog.TryGet(itemId, out var item)
        ? catalog.Offers(item) && (category is null || item.Categories.Contains(category, StringComparer.Ordinal))
        : category is null && !catalog.Decides;

    private RecommendedItem Place(string itemId, double score, Reason reason) =>
        new() { ItemId = itemId, Score = score, Reason = reason, Item = catalog.TryGet(itemId, out var item) ? item : null };
}
