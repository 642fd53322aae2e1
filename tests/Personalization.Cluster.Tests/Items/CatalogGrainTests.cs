using Personalization.Cluster.Tests.Fixture;
using Personalization.Items;
using Personalization.Recommendations;
using Personalization.Testing;

namespace Personalization.Cluster.Tests.Items;

[Collection(ClusterCollection.Name)]
public sealed class CatalogGrainTests(ClusterFixture cluster)
{
    private ICatalogGrain Grain => cluster.Client.GetGrain<ICatalogGrain>(0);

    [Fact]
    public async Task Similar_items_come_from_the_model_and_from_the_category_for_an_item_it_does_not_know()
    {
        cluster.Catalog.Put(new Item { ItemId = "n1", Title = "New", Categories = ["green"] });

        var known = await Grain.Similar("i5", 4, TestContext.Current.CancellationToken);
        var fresh = await Grain.Similar("n1", 4, TestContext.Current.CancellationToken);

        known!.Source.ShouldBe(RecommendationSource.Similar);
        known.Items.Select(i => i.ItemId).ShouldBe(["i6", "i7", "i8", "i9"]);
        fresh!.Source.ShouldBe(RecommendationSource.Catalog);
        fresh.Items.Select(i => i.ItemId).ShouldBe(["i1", "i4", "i7", "i10"]);
        (await Grain.Similar("nobody", 4, TestContext.Current.CancellationToken)).ShouldBeNull();
    }

    [Fact]
    public async Task What_shoppers_do_rises_within_seconds_and_a_category_narrows_it()
    {
        for (var i = 0; i < 20; i++)
        {
            var user = cluster.NewUser();
            await cluster.User(user).Append(cluster.Batch(user, "i42"));
        }

        await Wait.UntilAsync(
            async () => (await Grain.Trending(60, TimeSpan.FromHours(1), null)) is { Source: RecommendationSource.Trending } list && list.Items.Any(i => i.ItemId == "i42"),
            "i42 rises");
        var red = await Grain.Trending(60, TimeSpan.FromHours(1), "red");
        red.Items.ShouldAllBe(i => i.Item!.Categories.Contains("red"));
        red.Items.ShouldContain(i => i.ItemId == "i42");
    }

    [Fact]
    public async Task What_is_sold_out_is_neither_similar_nor_rising_nor_of_the_range()
    {
        var user = cluster.NewUser();
        Put("sold-new", available: true);
        Put("sold-out", available: true);
        Put("sold-not", available: true);
        await cluster.User(user).Append(cluster.Batch(user, "sold-out", "sold-not"));
        await Wait.UntilAsync(
            async () => (await RisingAsync("sold")) is { Source: RecommendationSource.Trending } list && Ids(list).Order().SequenceEqual(["sold-not", "sold-out"]),
            "both rise");
        Ids(await Grain.Similar("sold-new", 4, TestContext.Current.CancellationToken)).ShouldBe(["sold-not", "sold-out"], ignoreOrder: true);

        Put("sold-out", available: false);

        Ids(await Grain.Similar("sold-new", 4, TestContext.Current.CancellationToken)).ShouldBe(["sold-not"]);
        Ids(await RisingAsync("sold")).ShouldBe(["sold-not"]);
        Put("sold-not", available: false);
        var range = await RisingAsync("sold");
        range.Source.ShouldBe(RecommendationSource.Catalog);
        Ids(range).ShouldBe(["sold-new"]);

        void Put(string item, bool available) => cluster.Catalog.Put(new Item { ItemId = item, Title = item, Categories = ["sold"], Available = available });
        ValueTask<ItemList> RisingAsync(string category) => Grain.Trending(60, TimeSpan.FromHours(1), category);
        string[] Ids(ItemList? list) => [.. list!.Items.Select(i => i.ItemId)];
    }

    [Fact]
    public async Task Categories_count_what_is_available()
    {
        var categories = await Grain.Categories();

        categories.Select(c => c.Name).ShouldContain("blue");
        categories.Single(c => c.Name == "blue").Items.ShouldBe(20);
    }
}
