using Personalization.Cluster.Tests.Fixture;
using Personalization.Events;
using Personalization.Users;

namespace Personalization.Cluster.Tests.Users;

[Collection(ClusterCollection.Name)]
public sealed class AppendTests(ClusterFixture cluster)
{
    [Fact]
    public async Task A_replayed_batch_and_a_producers_retry_are_dropped()
    {
        var user = cluster.NewUser();
        var grain = cluster.User(user);
        var batch = cluster.Batch(user, "i1", "i2");
        (await grain.Append(batch)).ShouldBe(new AppendResult(2, 0, 0));

        (await grain.Append(batch)).ShouldBe(new AppendResult(0, 2, 0));
        (await grain.Append(cluster.Batch(batch.Events[1].Event))).ShouldBe(new AppendResult(0, 1, 0));

        (await HistoryAsync(user)).ShouldBe("i2 i1");
    }

    [Fact]
    public async Task A_late_event_is_ordered_by_its_time()
    {
        var user = cluster.NewUser();
        var now = ClusterFixture.Start.AddDays(-1);
        await cluster.User(user).Append(cluster.Batch(ClusterFixture.Event(user, "i1", now), ClusterFixture.Event(user, "i3", now.AddMinutes(2))));

        await cluster.User(user).Append(cluster.Batch(ClusterFixture.Event(user, "i2", now.AddMinutes(1))));

        (await HistoryAsync(user)).ShouldBe("i3 i2 i1");
    }

    [Fact]
    public async Task A_batch_sent_again_after_a_failed_write_loses_nothing_and_doubles_nothing()
    {
        var user = cluster.NewUser();
        var first = cluster.Batch(user, "i1");
        await cluster.User(user).Append(first);
        var second = cluster.Batch(user, "i2", "i3");
        cluster.Rows.FailNext(user);
        await Should.ThrowAsync<Exception>(() => cluster.User(user).Append(second));

        (await cluster.User(user).Append(second)).ShouldBe(new AppendResult(2, 0, 0));

        (await HistoryAsync(user)).ShouldBe("i3 i2 i1");
        cluster.Rows.StateOf(user).Totals[EventType.View].ShouldBe(3);
    }

    [Fact]
    public async Task A_write_that_was_stored_although_its_answer_was_lost_is_recognised()
    {
        var user = cluster.NewUser();
        var batch = cluster.Batch(user, "i1", "i2");
        cluster.Rows.LoseNextAnswer(user);
        await Should.ThrowAsync<Exception>(() => cluster.User(user).Append(batch));

        (await cluster.User(user).Append(batch)).ShouldBe(new AppendResult(0, 2, 0));

        cluster.Rows.StateOf(user).Totals[EventType.View].ShouldBe(2);
    }

    [Fact]
    public async Task A_batch_sent_again_while_its_write_is_under_way_waits_for_that_write()
    {
        var user = cluster.NewUser();
        var batch = cluster.Batch(user, "i1");
        cluster.Rows.Hold(user);
        var first = cluster.User(user).Append(batch);
        await cluster.User(user).GetHistory(new HistoryQuery { MinVersion = ClusterFixture.TokenOf(batch), Timeout = TimeSpan.FromSeconds(5) });

        var again = cluster.User(user).Append(batch);
        await cluster.User(user).GetHistory(new HistoryQuery());

        again.IsCompleted.ShouldBeFalse();
        cluster.Rows.Contains(user).ShouldBeFalse();
        cluster.Rows.Open(user);
        (await first).Applied.ShouldBe(1);
        (await again).Duplicates.ShouldBe(1);
    }

    [Fact]
    public async Task Appends_that_come_while_a_write_runs_share_the_next_one()
    {
        var user = cluster.NewUser();
        cluster.Rows.Hold(user);
        var appends = new List<Task>();
        for (var i = 0; i < 50; i++)
        {
            var batch = cluster.Batch(user, $"i{i}");
            appends.Add(cluster.User(user).Append(batch));
            await cluster.User(user).GetHistory(new HistoryQuery { MinVersion = ClusterFixture.TokenOf(batch), Timeout = TimeSpan.FromSeconds(5) });
        }

        cluster.Rows.Open(user);
        await Task.WhenAll(appends);

        cluster.Rows.WritesOf(user).ShouldBeInRange(2, 4);
        cluster.Rows.StateOf(user).Sequence.Count.ShouldBe(50);
    }

    [Fact]
    public async Task State_survives_deactivation_and_the_move_to_another_silo()
    {
        var user = cluster.NewUser();
        var grain = cluster.User(user);
        await grain.Append(cluster.Batch(user, "i1", "i2"));
        await cluster.Cluster.DeactivateAsync(grain);
        (await HistoryAsync(user)).ShouldBe("i2 i1");

        cluster.Cluster.TryGetGrainContext(grain.GetGrainId(), out var here).ShouldBeTrue();
        var there = cluster.Cluster.Silos.Single(s => !s.SiloAddress.Equals(here!.Address.SiloAddress)).SiloAddress;
        await cluster.Cluster.MigrateAsync(grain, there);
        await grain.Append(cluster.Batch(user, "i3"));

        cluster.Cluster.TryGetGrainContext(grain.GetGrainId(), out var moved).ShouldBeTrue();
        moved!.Address.SiloAddress.ShouldBe(there);
        (await HistoryAsync(user)).ShouldBe("i3 i2 i1");
    }

    [Fact]
    public async Task History_pages_stay_where_they_were_while_events_come_in()
    {
        var user = cluster.NewUser();
        var grain = cluster.User(user);
        await grain.Append(cluster.Batch(user, "i1", "i2", "i3", "i4", "i5"));
        var first = await grain.GetHistory(new HistoryQuery { Limit = 2 });
        cluster.Clock.Advance(TimeSpan.FromSeconds(1));
        await grain.Append(cluster.Batch(user, "i6"));

        var second = await grain.GetHistory(new HistoryQuery { Limit = 2, Before = first.Next });
        var third = await grain.GetHistory(new HistoryQuery { Limit = 2, Before = second.Next });

        first.Events.Select(e => e.ItemId).ShouldBe(["i5", "i4"]);
        second.Events.Select(e => e.ItemId).ShouldBe(["i3", "i2"]);
        third.Events.Select(e => e.ItemId).ShouldBe(["i1"]);
        third.Next.ShouldBeNull();
    }

    private async Task<string> HistoryAsync(string user) =>
        string.Join(' ', (await cluster.User(user).GetHistory(new HistoryQuery())).Events.Select(e => e.ItemId));
}
