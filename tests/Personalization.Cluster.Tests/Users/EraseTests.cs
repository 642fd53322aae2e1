using Personalization.Cluster.Tests.Fixture;
using Personalization.Events;
using Personalization.Recommendations;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.Cluster.Tests.Users;

[Collection(ClusterCollection.Name)]
public sealed class EraseTests(ClusterFixture cluster)
{
    [Fact]
    public async Task An_erased_shopper_stays_erased_through_replay_and_restart_and_new_events_start_afresh()
    {
        var user = cluster.NewUser();
        var grain = cluster.User(user);
        var old = cluster.Batch(ClusterFixture.Event(user, "i1", ClusterFixture.Start.AddDays(-2)), ClusterFixture.Event(user, "i2", ClusterFixture.Start.AddDays(-1)));
        await grain.Append(old);
        await grain.Recommend(new RecommendationRequest { Timeout = TimeSpan.FromSeconds(5) }, TestContext.Current.CancellationToken);

        await grain.Erase();
        await cluster.Cluster.DeactivateAsync(grain);

        (await grain.Append(old)).ShouldBe(new AppendResult(0, 2, 0));
        (await grain.Append(cluster.Batch(ClusterFixture.Event(user, "i3", ClusterFixture.Start.AddHours(-1))))).ShouldBe(new AppendResult(0, 0, 1));
        (await grain.GetHistory(new HistoryQuery())).Events.ShouldBeEmpty();
        var shelf = await grain.Recommend(new RecommendationRequest { Timeout = TimeSpan.FromSeconds(5) }, TestContext.Current.CancellationToken);
        shelf.FallbackReason.ShouldBe(FallbackReason.EmptyHistory);
        shelf.Source.ShouldNotBe(RecommendationSource.LastGood);

        var fresh = ClusterFixture.Event(user, "i4", cluster.Shop.GetUtcNow().AddMinutes(1));
        (await grain.Append(cluster.Batch(fresh))).Applied.ShouldBe(1);
        (await grain.GetHistory(new HistoryQuery())).Events.Select(e => e.ItemId).ShouldBe(["i4"]);
    }

    [Fact]
    public async Task An_erased_shoppers_last_shelf_is_forgotten_at_once_also_one_that_is_still_being_made()
    {
        var user = cluster.NewUser();
        var grain = cluster.User(user);
        await grain.Append(cluster.Batch(user, "i10"));
        (await RecommendAsync(user)).Source.ShouldBe(RecommendationSource.Model);

        await grain.Erase();
        (await WithoutTheModelAsync()).Source.ShouldNotBe(RecommendationSource.LastGood);

        var gate = $"gate-{user}";
        await grain.Append(cluster.Batch(user, gate));
        var late = RecommendAsync(user);
        await Wait.UntilAsync(() => cluster.Model.ShelvesAfter(gate) == 1, "a shelf is being made");
        await grain.Erase();
        cluster.Model.GateOf(gate).SetResult();
        (await late).Source.ShouldBe(RecommendationSource.Model);
        (await WithoutTheModelAsync()).Source.ShouldNotBe(RecommendationSource.LastGood);

        async Task<RecommendationResponse> WithoutTheModelAsync()
        {
            (await grain.Append(cluster.Batch(user, "status:Overloaded"))).Applied.ShouldBe(1);
            return await RecommendAsync(user);
        }
    }

    [Fact]
    public async Task Nothing_of_an_erased_shopper_is_left_in_the_store_but_the_positions()
    {
        var user = cluster.NewUser();
        await cluster.User(user).Append(cluster.Batch(user, "i1", "i2"));

        await cluster.User(user).Erase();

        var left = cluster.Rows.StateOf(user);
        left.Sequence.ShouldBeEmpty();
        left.EventIds.Count.ShouldBe(0);
        left.Totals.FirstSeen.ShouldBeNull();
        left.Positions.Entries.Count.ShouldBe(1);
        cluster.Rows.NextCheckOf(user).ShouldBeNull();
    }

    [Fact]
    public async Task An_erasure_that_could_not_be_stored_is_not_confirmed()
    {
        var user = cluster.NewUser();
        await cluster.User(user).Append(cluster.Batch(user, "i1"));
        cluster.Rows.FailNext(user);

        await Should.ThrowAsync<Exception>(() => cluster.User(user).Erase());

        await cluster.User(user).Erase();
        cluster.Rows.StateOf(user).Sequence.ShouldBeEmpty();
    }

    private Task<RecommendationResponse> RecommendAsync(string user) =>
        cluster.User(user).Recommend(new RecommendationRequest { Timeout = TimeSpan.FromSeconds(5) }, TestContext.Current.CancellationToken);
}
