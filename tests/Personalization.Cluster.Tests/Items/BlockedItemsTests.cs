using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Personalization.Catalog;
using Personalization.Cluster.Tests.Fixture;
using Personalization.Items;
using Personalization.Ranking;
using Personalization.Recommendations;

namespace Personalization.Cluster.Tests.Items;

public sealed class BlockedItemsTests
{
    private readonly ItemCatalog _catalog = new(new RankingOptions { BlockedItems = ["i3"], BlockedCategories = ["adult"] });
    private readonly ITrendingGrain _counter = Substitute.For<ITrendingGrain>();
    private readonly CatalogGrain _grain;

    public BlockedItemsTests()
    {
        for (var i = 0; i < 10; i++)
        {
            _catalog.Put(new Item { ItemId = $"i{i}", Title = $"Item {i}", Categories = i is 1 or 2 ? ["garden", "adult"] : ["garden"] });
        }

        _catalog.Put(new Item { ItemId = "new", Title = "New", Categories = ["garden"] });
        _catalog.MarkLoaded();
        var grains = Substitute.For<IGrainFactory>();
        grains.GetGrain<ITrendingGrain>(0).Returns(_counter);
        _grain = new CatalogGrain(_catalog, new FakeModel(_catalog), new TrendingCache(grains, new FakeTimeProvider(), NullLogger<TrendingCache>.Instance));
    }

    [Fact]
    public async Task Similar_items_are_none_that_the_operator_keeps_off_every_shelf()
    {
        var known = await _grain.Similar("i0", 5, TestContext.Current.CancellationToken);
        var unknown = await _grain.Similar("new", 5, TestContext.Current.CancellationToken);

        known!.Source.ShouldBe(RecommendationSource.Similar);
        known.Items.Select(i => i.ItemId).ShouldBe(["i4", "i5"]);
        unknown!.Source.ShouldBe(RecommendationSource.Catalog);
        unknown.Items.Select(i => i.ItemId).ShouldBe(["i0", "i4", "i5", "i6", "i7"]);
    }

    [Fact]
    public async Task What_rises_is_nothing_that_the_operator_keeps_off_every_shelf()
    {
        _counter.Top(Arg.Any<int>(), Arg.Any<TimeSpan>()).Returns([new ItemScore("i1", 9), new ItemScore("i3", 8), new ItemScore("i5", 7)]);
        _counter.Top(Arg.Any<int>(), TimeSpan.FromHours(1)).Returns([new ItemScore("i2", 9)]);

        (await _grain.Trending(5, TimeSpan.FromHours(24), null)).Items.Select(i => i.ItemId).ShouldBe(["i5"]);
        var rest = await _grain.Trending(3, TimeSpan.FromHours(1), "garden");

        rest.Source.ShouldBe(RecommendationSource.Catalog);
        rest.Items.Select(i => i.ItemId).ShouldBe(["i0", "i4", "i5"]);
        (await _grain.Trending(3, TimeSpan.FromHours(1), "adult")).Items.ShouldBeEmpty();
        (await _grain.Categories()).ShouldBe([new CategoryCount("garden", 8)]);
    }

    [Fact]
    public void A_silo_s_catalogue_knows_what_is_configured()
    {
        var settings = new Dictionary<string, string?> { [$"{RankingOptions.SectionName}:BlockedCategories:0"] = "adult" };
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        var services = new ServiceCollection().AddLogging().AddSingleton<IConfiguration>(configuration);
        var silo = Substitute.For<ISiloBuilder>();
        silo.Services.Returns(services);
        silo.AddPersonalizationGrains();

        using var provider = services.BuildServiceProvider();

        provider.GetRequiredService<IItemCatalog>().Offers(_catalog.InCategory("adult")[0]).ShouldBeFalse();
    }
}
