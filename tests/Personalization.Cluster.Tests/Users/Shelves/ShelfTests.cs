using Personalization.Cluster.Tests.Fixture;
using Personalization.Events;
using Personalization.Recommendations;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.Cluster.Tests.Users;

[Collection(ClusterCollection.Name)]
public sealed class ShelfTests(ClusterFixture cluster)
{
    private static readonly RecommendationRequest Request = new() { Count = 5, IncludeItems = true, Timeout = TimeSpan.FromSeconds(5) };

    [Fact]
    public async Task The_same_question_of_the_same_state_is_answered_from_the_cache_under_an_id_of_its_own()
    {
        var user = cluster.NewUser();
        await cluster.User(user).Append(cluster.Batch(user, "i10"));
        var first = await RecommendAsync(user);
        var again = await RecommendAsync(user);

        first.Timings.Cached.ShouldBeFalse();
        again.Timings.Cached.ShouldBeTrue();
        again.Items.ShouldBe(first.Items, new ById());
        again.RecommendationId.ShouldNotBe(first.RecommendationId);
    }

    [Fact]
    public async Task A_click_another_question_and_a_changed_catalogue_each_make_a_new_shelf()
    {
        var user = cluster.NewUser();
        await cluster.User(user).Append(cluster.Batch(user, "i10"));
        await RecommendAsync(user);

        (await RecommendAsync(user, Request with { Count = 6 })).Timings.Cached.ShouldBeFalse();
        await RecommendAsync(user);
        await cluster.User(user).Append(cluster.Batch(user, "i30"));
        var clicked = await RecommendAsync(user);
        clicked.Timings.Cached.ShouldBeFalse();
        clicked.Items[0].ItemId.ShouldBe("i31");
        cluster.Catalog.Put(new() { ItemId = "x-new", Title = "Not for sale", Available = false });
        (await RecommendAsync(user)).Timings.Cached.ShouldBeFalse();
    }

    [Fact]
    public async Task The_same_question_asked_many_times_at_once_is_one_run_of_the_model()
    {
        var user = cluster.NewUser();
        await cluster.User(user).Append(cluster.Batch(user, "gate-1"));

        var many = Enumerable.Range(0, 8).Select(_ => RecommendAsync(user)).ToArray();
        await Wait.UntilAsync(() => cluster.Model.ShelvesAfter("gate-1") == 1, "the shelf is asked for");
        cluster.Model.GateOf("gate-1").SetResult();

        (await Task.WhenAll(many)).ShouldAllBe(shelf => shelf.Source == RecommendationSource.Model && shelf.Items.Length == 5);
        cluster.Model.ShelvesAfter("gate-1").ShouldBe(1);
    }

    [Fact]
    public async Task The_shelves_of_a_page_wait_for_the_run_for_one_of_them_where_the_engine_answers_the_others_from_it()
    {
        var user = cluster.NewUser();
        await cluster.User(user).Append(cluster.Batch(user, "gate-3"));
        cluster.Model.SharesRuns = true;
        try
        {
            var first = RecommendAsync(user);
            await Wait.UntilAsync(() => cluster.Model.ShelvesAfter("gate-3") == 1, "a shelf is asked for");
            var others = new[] { 6, 7 }.Select(count => RecommendAsync(user, Request with { Count = count })).ToArray();

            // The grain's next turn: theirs are over.
            await cluster.User(user).GetHistory(new HistoryQuery());
            cluster.Model.ShelvesAfter("gate-3").ShouldBe(1);
            cluster.Model.GateOf("gate-3").SetResult();

            (await first).Items.Length.ShouldBe(5);
            (await Task.WhenAll(others)).Select(shelf => shelf.Items.Length).ShouldBe([6, 7]);
            cluster.Model.ShelvesAfter("gate-3").ShouldBe(3);
        }
        finally
        {
            cluster.Model.SharesRuns = false;
        }
    }

    [Fact]
    public async Task A_shelf_that_waits_for_the_run_for_another_one_is_answered_in_time()
    {
        var user = cluster.NewUser();
        await cluster.User(user).Append(cluster.Batch(user, "gate-4"));
        cluster.Model.SharesRuns = true;
        try
        {
            var first = RecommendAsync(user);
            await Wait.UntilAsync(() => cluster.Model.ShelvesAfter("gate-4") == 1, "a shelf is asked for");

            var late = await RecommendAsync(user, Request with { Count = 6, Timeout = TimeSpan.FromMilliseconds(100) });

            late.FallbackReason.ShouldBe(FallbackReason.Deadline);
            late.Items.Length.ShouldBe(6);
            cluster.Model.GateOf("gate-4").SetResult();
            (await first).Source.ShouldBe(RecommendationSource.Model);
        }
        finally
        {
            cluster.Model.SharesRuns = false;
        }
    }

    [Fact]
    public async Task When_the_one_who_asked_gives_up_one_of_those_who_share_the_answer_asks_again_for_all()
    {
        var user = cluster.NewUser();
        await cluster.User(user).Append(cluster.Batch(user, "gate-2"));
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        var given = cluster.User(user).Recommend(Request, patience.Token);
        await Wait.UntilAsync(() => cluster.Model.ShelvesAfter("gate-2") == 1, "the shelf is asked for");
        var many = Enumerable.Range(0, 8).Select(_ => RecommendAsync(user)).ToArray();

        await Should.ThrowAsync<OperationCanceledException>(() => given);
        await Wait.UntilAsync(() => cluster.Model.ShelvesAfter("gate-2") == 2, "the shelf is asked for again");
        cluster.Model.GateOf("gate-2").SetResult();

        (await Task.WhenAll(many)).ShouldAllBe(shelf => shelf.Source == RecommendationSource.Model && shelf.Items.Length == 5);
        cluster.Model.ShelvesAfter("gate-2").ShouldBe(2);
    }

    [Fact]
    public async Task A_model_shelf_carries_items_reasons_churn_and_where_the_time_went()
    {
        var user = cluster.NewUser();
        await cluster.User(user).Append(cluster.Batch(user, "i10"));

        var shelf = await RecommendAsync(user);

        shelf.Source.ShouldBe(RecommendationSource.Model);
        shelf.FallbackReason.ShouldBeNull();
        shelf.Items[0].Item!.Title.ShouldBe("Item 11");
        shelf.Items.ShouldAllBe(i => i.Reason.Text.Length > 0);
        shelf.Churn!.HorizonDays.ShouldBe(FakeModel.Horizon);
        shelf.Timings.Inference.ShouldBe(0.2);
        shelf.Timings.Grain.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_shelf_holds_only_items_of_the_categories_and_none_of_the_items_that_are_to_be_left_out()
    {
        var user = cluster.NewUser();
        await cluster.User(user).Append(cluster.Batch(user, "i10"));

        var shelf = await RecommendAsync(user, Request with { Categories = ["red", "blue"], ExcludeItems = ["i11", "i14"] });

        shelf.Source.ShouldBe(RecommendationSource.Model);
        shelf.Items.Length.ShouldBe(5);
        shelf.Items.ShouldAllBe(i => !i.Item!.Categories.Contains("green"));
        shelf.Items.Select(i => i.ItemId).Intersect(["i11", "i14"]).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_hidden_item_leaves_the_shelf_and_is_no_interest_of_the_shopper()
    {
        var user = cluster.NewUser();
        await cluster.User(user).Append(cluster.Batch(user, "i10"));
        await cluster.User(user).Append(cluster.Batch(ClusterFixture.Event(user, "i11", cluster.Shop.GetUtcNow().AddMinutes(1), EventType.Hide)));

        var shelf = await RecommendAsync(user);

        shelf.Items[0].ItemId.ShouldBe("i12");
    }

    [Fact]
    public async Task Rank_orders_the_callers_items_and_keeps_unknown_ones_at_the_end()
    {
        var user = cluster.NewUser();
        await cluster.User(user).Append(cluster.Batch(user, "i10"));

        var order = await cluster.User(user).Rank(
            new RankRequest { ItemIds = ["nobody", "i13", "i11", "i13", "i12"], Timeout = TimeSpan.FromSeconds(5) },
            TestContext.Current.CancellationToken);

        order.FallbackReason.ShouldBeNull();
        order.Items.Select(i => (i.ItemId, i.Known)).ShouldBe([("i11", true), ("i12", true), ("i13", true), ("nobody", false)]);
    }

    [Fact]
    public async Task Rank_without_the_model_keeps_the_callers_order_and_says_why()
    {
        var user = cluster.NewUser();

        var order = await cluster.User(user).Rank(new RankRequest { ItemIds = ["i3", "i1", "i2"] }, TestContext.Current.CancellationToken);

        order.FallbackReason.ShouldBe(FallbackReason.UnknownUser);
        order.Items.Select(i => i.ItemId).ShouldBe(["i3", "i1", "i2"]);
    }

    [Fact]
    public async Task A_request_beyond_its_bounds_is_refused()
    {
        var grain = cluster.User(cluster.NewUser());

        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => grain.Recommend(new RecommendationRequest { Count = 0 }, CancellationToken.None));
        await Should.ThrowAsync<ArgumentException>(() => grain.Recommend(new RecommendationRequest { MinVersion = "nonsense" }, CancellationToken.None));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => grain.Rank(new RankRequest { ItemIds = [] }, CancellationToken.None));
    }

    private Task<RecommendationResponse> RecommendAsync(string user, RecommendationRequest? request = null) =>
        cluster.User(user).Recommend(request ?? Request, TestContext.Current.CancellationToken);

    private sealed class ById : IEqualityComparer<RecommendedItem>
    {
        public bool Equals(RecommendedItem? x, RecommendedItem? y) => x?.ItemId == y?.ItemId;

        public int GetHashCode(RecommendedItem obj) => obj.ItemId.GetHashCode(StringComparison.Ordinal);
    }
}
