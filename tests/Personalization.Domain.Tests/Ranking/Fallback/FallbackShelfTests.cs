using System.Diagnostics.CodeAnalysis;
using FsCheck;
using FsCheck.Fluent;
using Personalization.Catalog;
using Personalization.Domain.Tests.Support;
using Personalization.Events;
using Personalization.Items;
using Personalization.Ranking;
using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Domain.Tests.Ranking;

public sealed class FallbackShelfTests
{
    private static readonly RecommendationRequest Four = new() { Count = 4 };

    [Fact]
    public void Build_fills_up_from_one_source_after_the_other_and_names_the_first()
    {
        var sources = new FallbackSources
        {
            LastGood = [new RecommendedItem { ItemId = "i5", Score = 0.2, Reason = new Reason("for_you", [], "Picked for you") }],
            Similar = [new ItemScore("i5", 1), new ItemScore("i6", 0.9)],
            SimilarTo = "i9",
            Trending = [new ItemScore("i7", 3)],
        };

        var shelf = Shelf(Shop.Items(10)).Build(sources, [], Four, Shop.Now);

        shelf.Source.ShouldBe(RecommendationSource.LastGood);
        shelf.Items.Select(place => (place.ItemId, place.Reason.Code))
            .ShouldBe([("i5", "for_you"), ("i6", "similar"), ("i7", "trending"), ("i0", "catalog")]);
        shelf.Items[1].Reason.ShouldSatisfyAllConditions(r => r.Text.ShouldBe("Similar to Title of i9"), r => r.ItemIds.ShouldBe(["i9"]));
    }

    [Fact]
    public void Build_names_the_source_that_gave_the_first_place_not_one_whose_items_were_not_eligible()
    {
        var sources = new FallbackSources { Similar = [new ItemScore("nowhere", 1)], Trending = [new ItemScore("i3", 1)] };

        Shelf(Shop.Items(4)).Build(sources, [], Four, Shop.Now).Source.ShouldBe(RecommendationSource.Trending);
    }

    [Fact]
    public void Build_keeps_a_short_model_shelf_in_front()
    {
        var sources = new FallbackSources { ModelShelf = [new RecommendedItem { ItemId = "i2", Score = 0.4, Reason = new Reason("for_you", [], "x") }] };

        var shelf = Shelf(Shop.Items(9)).Build(sources, [], Four, Shop.Now);

        shelf.Source.ShouldBe(RecommendationSource.Model);
        shelf.Items.Select(place => place.ItemId).ShouldBe(["i2", "i0", "i1", "i3"]);
        shelf.Items[0].Score.ShouldBe(0.4);
    }

    [Fact]
    public void Build_applies_the_same_eligibility_as_the_model_s_shelves()
    {
        StoredEvent[] sequence = [Shop.Did(EventType.Hide, "i1", 40), Shop.Did(EventType.View, "i2", 0.2)];
        var sources = new FallbackSources { Trending = [new ItemScore("i1", 3), new ItemScore("i2", 2), new ItemScore("i3", 1)] };

        Shelf(Shop.Items(6)).Build(sources, sequence, Four with { ExcludeItems = ["i3"], IncludeItems = true }, Shop.Now)
            .Items.Select(place => place.Item!.ItemId).ShouldBe(["i0", "i4", "i5"]);
    }

    [Fact]
    public void Build_shows_what_was_seen_lately_rather_than_nothing()
    {
        StoredEvent[] sequence = [Shop.Did(EventType.View, "i0", 0.1), Shop.Did(EventType.Hide, "i1", 0.1)];

        Shelf(Shop.Items(2)).Build(new FallbackSources(), sequence, Four, Shop.Now).Items.Select(place => place.ItemId).ShouldBe(["i0"]);
    }

    [Fact]
    public void Build_takes_the_category_asked_for()
    {
        var shelf = Shelf(Shop.Items(8, "A", "B")).Build(new FallbackSources(), [], Four with { Categories = ["B"] }, Shop.Now);

        shelf.Items.Select(place => place.ItemId).ShouldBe(["i1", "i3", "i5", "i7"]);
    }

    [Fact]
    public void Build_looks_at_nothing_but_the_categories_asked_for()
    {
        var catalog = new OnlyByCategory(Shop.Catalog(Shop.Items(9, "A", "B", "C")));

        var shelf = new FallbackShelf(catalog, new RankingOptions()).Build(new FallbackSources(), [], Four with { Categories = ["C", "A"] }, Shop.Now);

        shelf.Items.Select(place => place.ItemId).ShouldBe(["i2", "i5", "i8", "i0"]);
    }

    [Fact]
    public void Build_is_never_empty_while_something_is_eligible()
    {
        var cases =
            from trending in Gen.Choose(0, 12).Select(i => new ItemScore($"i{i}", i)).ListOf()
            from viewed in Gen.Choose(0, 12).Select(i => Shop.Did(EventType.View, $"i{i}", 0.1)).ListOf()
            from exclude in Gen.Choose(0, 9).Select(i => $"i{i}").ListOf()
            select (trending, viewed, exclude);

        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var request = Four with { ExcludeItems = [.. c.exclude] };
            var shelf = Shelf(Shop.Items(10)).Build(new FallbackSources { Trending = [.. c.trending] }, [.. c.viewed], request, Shop.Now);
            var ids = shelf.Items.Select(place => place.ItemId).ToArray();
            var eligible = 10 - c.exclude.Distinct().Count();
            return (ids.Length > 0 || eligible == 0) && ids.Length <= 4 && ids.Distinct().Count() == ids.Length && !ids.Intersect(c.exclude).Any();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    private static FallbackShelf Shelf(Item[] items) => new(Shop.Catalog(items), new RankingOptions());

    /// <summary>A catalogue that nobody may look at as a whole.</summary>
    private sealed class OnlyByCategory(IItemCatalog inner) : IItemCatalog
    {
        public int Count => inner.Count;

        public long Revision => inner.Revision;

        public bool IsLoaded => inner.IsLoaded;

        public IEnumerable<string> Categories => inner.Categories;

        public bool TryGetChanges(long since, ICollection<string> itemIds) => inner.TryGetChanges(since, itemIds);

        public bool TryGet(string itemId, [NotNullWhen(true)] out Item? item) => inner.TryGet(itemId, out item);

        public bool Offers(Item item) => inner.Offers(item);

        public IReadOnlyList<Item> Snapshot() => throw new InvalidOperationException();

        public IReadOnlyList<Item> InCategory(string category) => inner.InCategory(category);
    }
}
