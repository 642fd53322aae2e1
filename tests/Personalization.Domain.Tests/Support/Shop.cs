using Personalization.Catalog;
using Personalization.Events;
using Personalization.Inference;
using Personalization.Items;
using Personalization.Ranking;
using Personalization.Users;

namespace Personalization.Domain.Tests.Support;

/// <summary>A small shop and short ways to write down what happened in it.</summary>
internal static class Shop
{
    public static DateTimeOffset Now { get; } = new(2025, 11, 24, 16, 0, 0, TimeSpan.Zero);

    public static ItemCatalog Catalog(params Item[] items) => Catalog(new RankingOptions(), items);

    public static ItemCatalog Catalog(RankingOptions options, params Item[] items)
    {
        var catalog = new ItemCatalog(options);
        foreach (var item in items)
        {
            catalog.Put(item);
        }

        catalog.MarkLoaded();
        return catalog;
    }

    public static Item Item(string id, params string[] categories) => new() { ItemId = id, Title = $"Title of {id}", Categories = categories };

    public static Item[] Items(int count, params string[] categories) =>
        [.. Enumerable.Range(0, count).Select(i => Item($"i{i}", categories.Length == 0 ? [] : [categories[i % categories.Length]]))];

    public static StoredEvent Did(EventType type, string itemId, double daysAgo, decimal? price = null, int? quantity = null) =>
        new(itemId, type, Now.AddDays(-daysAgo), quantity, price, new StreamPosition("t", 0, 1_000_000 - (long)(daysAgo * 100)));

    public static ScoredCandidate[] Scores(params string[] itemIds) =>
        [.. itemIds.Select((id, rank) => new ScoredCandidate(id, 0.5f / (rank + 1), -1))];
}
