using FsCheck;
using FsCheck.Fluent;
using Personalization.Catalog;
using Personalization.Domain.Tests.Support;
using Personalization.Events;
using Personalization.Inference;
using Personalization.Items;
using Personalization.Ranking;
using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Domain.Tests.Ranking;

public sealed class RankingPipelineTests
{
    private static readonly RecommendationRequest Ten = new() { Count = 10 };

    [Fact]
    public void Rank_leaves_out_what_is_unavailable_unknown_hidden_excluded_blocked_or_fresh()
    {
        var options = new RankingOptions { BlockedItems = ["i1"], BlockedCategories = ["Adult"] };
        var catalog = Shop.Catalog(options, [.. Shop.Items(7), Shop.Item("gone") with { Available = false }, Shop.Item("bad", "Adult")]);
        var pipeline = new RankingPipeline(catalog, options);
        StoredEvent[] sequence =
        [
            Shop.Did(EventType.Hide, "i2", 200),
            Shop.Did(EventType.View, "i3", 0.9),
            Shop.Did(EventType.View, "i4", 1.1),
            Shop.Did(EventType.Impression, "i5", 0.1),
        ];

        var shelf = pipeline.Rank(
            Shop.Scores("gone", "nowhere", "i0", "i1", "i2", "i3", "i4", "i5", "i6", "i0", "bad"),
            sequence,
            Ten with { ExcludeItems = ["i6"] },
            Shop.Now);

        shelf.Select(place => place.ItemId).ShouldBe(["i0", "i4", "i5"]);
    }

    [Fact]
    public void Rank_takes_what_the_engine_chose_by_the_catalogue_as_it_is_but_for_blocked_categories()
    {
        var options = new RankingOptions { BlockedCategories = ["Adult"] };
        var pipeline = new RankingPipeline(Shop.Catalog(options, Shop.Items(1)), options);
        ScoredCandidate[] candidates =
        [
            Chosen(Shop.Item("bad", "Adult")),
            Chosen(Shop.Item("gone") with { Available = false }),
            Chosen(Shop.Item("good", "Kitchen")),
            .. Shop.Scores("nowhere", "i0"),
        ];

        var shelf = pipeline.Rank(candidates, [], Ten with { IncludeItems = true }, Shop.Now);

        shelf.Select(place => place.Item?.Title).ShouldBe(["Title of good", "Title of i0"]);

        static ScoredCandidate Chosen(Item item) => new(item.ItemId, 0.1f, -1) { Item = item };
    }

    [Fact]
    public void Rank_spreads_the_shelf_over_categories_also_when_their_names_are_not_the_same_string()
    {
        var shared = Shelf(name => name);
        var apart = Shelf(name => new string(name.AsSpan()));

        apart.ShouldBe(shared);
        apart.ShouldNotBe([.. Enumerable.Range(0, 10).Select(i => $"i{i}")]);

        static string[] Shelf(Func<string, string> name)
        {
            Item[] items = [.. Enumerable.Range(0, 20).Select(i => Shop.Item($"i{i}", name(i < 8 ? "Kitchen" : "Garden")))];
            return [.. Pipeline(items).Rank([.. items.Select(item => new ScoredCandidate(item.ItemId, 0.1f, -1) { Item = item })], [], Ten, Shop.Now).Select(place => place.ItemId)];
        }
    }

    [Fact]
    public void Rank_brings_a_hidden_item_back_once_it_was_put_into_the_cart()
    {
        StoredEvent[] sequence = [Shop.Did(EventType.Hide, "i0", 9), Shop.Did(EventType.AddToCart, "i0", 5)];

        Pipeline(Shop.Items(1)).Rank(Shop.Scores("i0"), sequence, Ten, Shop.Now).ShouldHaveSingleItem();
    }

    [Fact]
    public void Rank_keeps_to_the_categories_asked_for()
    {
        var pipeline = Pipeline(Shop.Items(6, "Kitchen", "Garden", "Toys"));

        var shelf = pipeline.Rank(Shop.Scores("i0", "i1", "i2", "i3", "i4", "i5"), [], Ten with { Categories = ["Toys", "Garden"] }, Shop.Now);

        shelf.Select(place => place.ItemId).Order().ShouldBe(["i1", "i2", "i4", "i5"]);
    }

    [Fact]
    public void Rank_without_a_catalogue_trusts_the_model()
    {
        new RankingPipeline(new ItemCatalog(), new RankingOptions()).Rank(Shop.Scores("a", "b"), [], Ten, Shop.Now)
            .Select(place => place.ItemId).ShouldBe(["a", "b"]);
    }

    [Theory]
    [InlineData(EventType.View, "Because you viewed Title of i9")]
    [InlineData(EventType.Click, "Because you looked at Title of i9")]
    [InlineData(EventType.AddToCart, "Because you added Title of i9 to your cart")]
    [InlineData(EventType.Purchase, "Because you bought Title of i9")]
    public void Rank_says_which_action_an_item_is_there_for(EventType type, string text)
    {
        var reason = Pipeline(Shop.Items(10)).Rank([new("i0", 0.4f, 1)], [Shop.Did(EventType.View, "i8", 9), Shop.Did(type, "i9", 5)], Ten, Shop.Now)[0].Reason;

        reason.ShouldSatisfyAllConditions(
            r => r.Code.ShouldBe("because_of_action"),
            r => r.ItemIds.ShouldBe(["i9"]),
            r => r.Text.ShouldBe(text));
    }

    [Fact]
    public void Rank_names_the_item_of_an_action_as_the_catalogue_names_it_now()
    {
        var catalog = Shop.Catalog(Shop.Items(10));
        var pipeline = new RankingPipeline(catalog, new RankingOptions());
        Says().ShouldBe("Because you viewed Title of i9");

        catalog.Put(Shop.Item("i9") with { Title = "A new name" });

        Says().ShouldBe("Because you viewed A new name");

        string Says() => pipeline.Rank([new("i0", 0.4f, 0)], [Shop.Did(EventType.View, "i9", 5)], Ten, Shop.Now)[0].Reason.Text;
    }

    [Theory]
    [InlineData(EventType.Cancel, 0)]
    [InlineData(EventType.Impression, 0)]
    [InlineData(EventType.View, -1)]
    [InlineData(EventType.View, 7)]
    public void Rank_without_a_good_action_behind_it_says_for_you(EventType type, int becauseOf) =>
        Pipeline(Shop.Items(10)).Rank([new("i0", 0.4f, becauseOf)], [Shop.Did(type, "i9", 5)], Ten, Shop.Now)[0].Reason.Code.ShouldBe("for_you");

    [Fact]
    public void Rank_lets_older_purchases_return_as_buy_again_unless_cancelled()
    {
        StoredEvent[] sequence =
        [
            Shop.Did(EventType.Purchase, "i0", 40), Shop.Did(EventType.Purchase, "i1", 39), Shop.Did(EventType.Cancel, "i1", 38), Shop.Did(EventType.Purchase, "i2", 0.5),
        ];

        var shelf = Pipeline(Shop.Items(3)).Rank(Shop.Scores("i0", "i1", "i2"), sequence, Ten, Shop.Now);

        shelf.Select(place => (place.ItemId, place.Reason.Code)).ShouldBe([("i0", "buy_again"), ("i1", "for_you")]);
    }

    [Fact]
    public void Rank_with_the_dial_at_zero_keeps_the_model_s_order_and_scores()
    {
        var pipeline = new RankingPipeline(Shop.Catalog(Shop.Items(8, "A")), new RankingOptions { Diversity = 0 });

        var shelf = pipeline.Rank(Shop.Scores("i3", "i1", "i2", "i0"), [], new RecommendationRequest { Count = 3 }, Shop.Now);

        shelf.Select(place => place.ItemId).ShouldBe(["i3", "i1", "i2"]);
        shelf[0].Score.ShouldBe(0.5);
    }

    [Fact]
    public void Rank_by_default_lifts_another_category_over_a_row_of_equals_but_not_over_the_first()
    {
        var catalog = Shop.Catalog([.. Shop.Items(30, "A"), Shop.Item("other", "B")]);
        var candidates = Enumerable.Range(0, 30).Select(i => $"i{i}").ToList();
        candidates.Insert(4, "other");

        var shelf = new RankingPipeline(catalog, new RankingOptions()).Rank(Shop.Scores([.. candidates]), [], Ten, Shop.Now);

        shelf[0].ItemId.ShouldBe("i0");
        shelf[1].ItemId.ShouldBe("other");
        shelf[2].ItemId.ShouldBe("i1");
    }

    [Fact]
    public void Rank_gives_one_place_in_ten_from_the_fifth_to_new_items_of_the_shopper_s_categories()
    {
        var catalog = Shop.Catalog(Shop.Items(60, "Kitchen"));
        var known = catalog.Snapshot().Select(item => item.ItemId).ToHashSet();
        foreach (var item in new[] { Shop.Item("n1", "Kitchen"), Shop.Item("n2", "Garden"), Shop.Item("n3", "Kitchen"), Shop.Item("n4", "Kitchen") })
        {
            catalog.Put(item);
        }

        var pipeline = new RankingPipeline(catalog, new RankingOptions(), new Vocabulary(known));
        var candidates = Shop.Scores([.. Enumerable.Range(0, 50).Select(i => $"i{i}")]);
        var shelf = pipeline.Rank(candidates, [Shop.Did(EventType.View, "i59", 3)], new RecommendationRequest { Count = 20 }, Shop.Now);

        shelf.Length.ShouldBe(20);
        shelf.Select((place, index) => (place, index)).Where(pair => pair.place.Reason.Code == "new_in_category")
            .Select(pair => (pair.index + 1, pair.place.ItemId)).ShouldBe([(5, "n4"), (15, "n3")]);
        shelf[4].Reason.Text.ShouldBe("New in Kitchen");
    }

    [Fact]
    public void Rank_shows_an_item_that_was_put_after_the_catalogue_was_whole_when_no_vocabulary_is_known()
    {
        var catalog = Shop.Catalog(Shop.Items(20, "Kitchen"));
        var pipeline = new RankingPipeline(catalog, new RankingOptions());
        StoredEvent[] sequence = [Shop.Did(EventType.View, "i19", 3)];
        var candidates = Shop.Scores([.. Enumerable.Range(0, 15).Select(i => $"i{i}")]);
        pipeline.Rank(candidates, sequence, Ten, Shop.Now).ShouldAllBe(place => place.Reason.Code != "new_in_category");

        catalog.Put(Shop.Item("fresh", "Kitchen"));

        pipeline.Rank(candidates, sequence, Ten, Shop.Now)[4].ItemId.ShouldBe("fresh");
    }

    [Fact]
    public void Rank_puts_pinned_items_first_where_they_are_eligible()
    {
        var pipeline = new RankingPipeline(Shop.Catalog(Shop.Items(9)), new RankingOptions { PinnedItems = ["i7", "nowhere", "i2"] });

        pipeline.Rank(Shop.Scores("i0", "i1", "i2"), [], Ten, Shop.Now).Select(place => place.ItemId).ShouldBe(["i7", "i2", "i0", "i1"]);
    }

    [Fact]
    public void Rank_carries_catalogue_entries_only_when_asked()
    {
        var pipeline = Pipeline(Shop.Items(2));

        pipeline.Rank(Shop.Scores("i1"), [], Ten, Shop.Now)[0].Item.ShouldBeNull();
        pipeline.Rank(Shop.Scores("i1"), [], Ten with { IncludeItems = true }, Shop.Now)[0].Item!.Title.ShouldBe("Title of i1");
    }

    [Fact]
    public void Rank_reads_causes_from_the_scored_part_and_eligibility_from_the_whole_sequence()
    {
        StoredEvent[] all = [Shop.Did(EventType.Hide, "i0", 90), Shop.Did(EventType.View, "i7", 9), Shop.Did(EventType.View, "i8", 8)];

        var pipeline = Pipeline(Shop.Items(9));
        var shelf = pipeline.Rank([new("i0", 0.4f, 0), new("i1", 0.3f, 0)], all[1..], pipeline.RulesFor(all, Ten, Shop.Now));

        shelf.ShouldHaveSingleItem().Reason.ItemIds.ShouldBe(["i7"]);
    }

    [Fact]
    public void Exclusions_list_each_item_that_the_model_need_not_score_once()
    {
        StoredEvent[] sequence = [Shop.Did(EventType.Hide, "h", 90), Shop.Did(EventType.View, "v", 0.1), Shop.Did(EventType.Purchase, "p", 9), Shop.Did(EventType.Hide, "x", 0.1)];

        Pipeline([]).RulesFor(sequence, Ten with { ExcludeItems = ["x", "y"] }, Shop.Now).Exclusions.Order().ShouldBe(["h", "v", "x", "y"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(100)]
    public void PoolSize_leaves_a_choice_within_the_engine_s_limit(int count) => Pipeline([]).PoolSize(count).ShouldBeInRange(count + 1, 1_000);

    [Fact]
    public void Rank_never_returns_an_excluded_item_a_repeat_or_too_many()
    {
        var ids = Gen.Choose(0, 40).Select(i => $"i{i}");
        var types = Gen.Elements(Enum.GetValues<EventType>());
        var actions =
            from id in ids
            from type in types
            from hours in Gen.Choose(0, 72)
            select Shop.Did(type, id, hours / 24.0);
        var cases =
            from candidates in ids.Select(id => new ScoredCandidate(id, 0.1f, 0)).ListOf()
            from sequence in actions.ListOf()
            from exclude in ids.ListOf()
            from count in Gen.Choose(1, 30)
            from dial in Gen.Choose(0, 10)
            select (candidates, sequence, exclude, count, dial);

        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var request = new RecommendationRequest { Count = c.count, ExcludeItems = [.. c.exclude] };
            var sequence = c.sequence.OrderBy(action => action.Timestamp).ToArray();
            var pipeline = new RankingPipeline(
                Shop.Catalog(Shop.Items(30, "A", "B", "C")),
                new RankingOptions { Diversity = c.dial / 10.0, PinnedItems = ["i3"] },
                new Vocabulary(new HashSet<string>(["i0", "i1", "i2"])));
            var excluded = pipeline.RulesFor(sequence, request, Shop.Now).Exclusions;
            var shelf = pipeline.Rank([.. c.candidates], sequence, request, Shop.Now).Select(place => place.ItemId).ToArray();
            return shelf.Length <= c.count && shelf.Distinct().Count() == shelf.Length && !shelf.Intersect(excluded).Any();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    private static RankingPipeline Pipeline(Items.Item[] items) => new(Shop.Catalog(items), new RankingOptions());

    private sealed class Vocabulary(IReadOnlySet<string> items) : IModelVocabulary
    {
        public Predicate<string> Knows => items.Contains;
    }
}
