using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Personalization.Catalog;
using Personalization.Inference;
using Personalization.Items;
using Personalization.Recommendations;

namespace Personalization.Cluster.Tests.Items;

/// <summary>A shop that feeds clicks and no catalogue.</summary>
public sealed class ShopWithoutCatalogueTests
{
    private readonly ItemCatalog _catalog = new();
    private readonly CatalogGrain _grain;

    public ShopWithoutCatalogueTests()
    {
        var (grains, counter, model) = (Substitute.For<IGrainFactory>(), Substitute.For<ITrendingGrain>(), Substitute.For<IInferenceRouter>());
        grains.GetGrain<ITrendingGrain>(0).Returns(counter);
        counter.Top(default, default).ReturnsForAnyArgs([new ItemScore("rising", 9)]);
        model.SimilarAsync("seen", default, default).ReturnsForAnyArgs([new ItemScore("alike", 1)]);
        _catalog.MarkLoaded();
        _grain = new CatalogGrain(_catalog, model, new TrendingCache(grains, new FakeTimeProvider(), NullLogger<TrendingCache>.Instance));
    }

    [Fact]
    public async Task Has_items_that_rise_and_similar_ones_until_it_feeds_a_catalogue()
    {
        (await RisingAsync(null)).ShouldBe(["rising"]);
        (await RisingAsync("garden")).ShouldBeEmpty("nobody knows its category");
        (await SimilarAsync()).ShouldBe(["alike"]);

        _catalog.Put(new Item { ItemId = "first", Title = "First" });

        (await RisingAsync(null)).ShouldBe(["first"]);
        (await SimilarAsync()).ShouldBeNull();
    }

    private async Task<string[]> RisingAsync(string? category) => Ids(await _grain.Trending(5, TimeSpan.FromHours(24), category))!;

    private async Task<string[]?> SimilarAsync() => Ids(await _grain.Similar("seen", 5, TestContext.Current.CancellationToken));

    private static string[]? Ids(ItemList? list) => list is null ? null : [.. list.Items.Select(item => item.ItemId)];
}
