using System.Runtime.CompilerServices;
using Personalization.Churn;
using Personalization.Cluster.Tests.Fixture;
using Personalization.Events;
using Personalization.Recommendations;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.Cluster.Tests.Users;

/// <summary>Streams that append to users without activating their grains, and grains that come and go meanwhile.</summary>
public sealed class RestingUsersTests(RestingFixture cluster) : IClassFixture<RestingFixture>
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    [Fact]
    public async Task A_click_is_stored_without_a_grain_and_read_by_the_grain_that_comes_later()
    {
        var user = cluster.NewUser();
        var receipt = Send(0, cluster.Batch(user, "i1"));
        await HeardAsync(receipt, "applied durable:1");
        cluster.SiloOf(user).ShouldBeNull();
        (await cluster.Table.Any.ReadAsync([user]))[0]!.NextCheck.ShouldNotBeNull();

        (await HistoryAsync(1, user)).ShouldBe("i1");
    }

    [Fact]
    public async Task Clicks_that_waited_in_the_stream_share_a_write_and_are_durable_only_with_it()
    {
        var user = cluster.NewUser();
        var (first, second) = (Send(0, cluster.Batch(user, "i1"), Long), Send(0, cluster.Batch(user, "i2"), Long));
        await HeardAsync(second, "applied");
        cluster.Table.WritesOf(user).ShouldBe(0);

        cluster.Stream(0).Hasten();

        await HeardAsync(second, "applied durable:0");
        await HeardAsync(first, "applied durable:2");
        cluster.Table.WritesOf(user).ShouldBe(1);
    }

    [Fact]
    public async Task Clicks_of_several_partitions_share_a_write_that_says_what_became_of_all_of_them()
    {
        var user = cluster.NewUser();
        var (one, two) = (cluster.Batch(user, "i1", "i2"), cluster.Batch(user, "i3") with { Partition = 1 });
        RecordingReceipt[] receipts = [Send(0, one, Long), Send(0, two, Long), Send(0, one, Long), Send(0, cluster.Batch(user, "i4"), Long)];
        await HeardAsync(receipts[^1], "applied");

        cluster.Stream(0).Hasten();

        await HeardAsync(receipts[^1], "applied durable:0");
        receipts.Select(receipt => receipt.Result).ShouldBe([new(2, 0, 0), new(1, 0, 0), new(1, 2, 0), default]);
        cluster.Table.WritesOf(user).ShouldBe(1);
        var state = await cluster.StateOfAsync(user);
        state.Sequence.Select(e => e.ItemId).ShouldBe(["i1", "i2", "i3", "i4"]);
        state.Covers(new StreamPosition("t1", 1, two.Events[0].Offset)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_batch_read_again_is_not_applied_twice()
    {
        var user = cluster.NewUser();
        var batch = cluster.Batch(user, "i1");
        await HeardAsync(Send(0, batch), "applied durable:1");
        await HeardAsync(Send(0, batch), "applied durable:0");
        await HeardAsync(Send(1, batch), "applied durable:0");
        (await cluster.StateOfAsync(user)).Sequence.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_grain_that_comes_on_the_same_silo_knows_the_clicks_that_are_not_stored()
    {
        var user = cluster.NewUser();
        var (first, second) = (Send(0, cluster.Batch(user, "i1"), Long), Send(0, cluster.Batch(user, "i2"), Long));
        await HeardAsync(second, "applied");

        await Wait.UntilAsync(async () => await HistoryAsync(0, user) == "i2 i1", "the grain knows both");
        cluster.Stream(0).Hasten();
        await DurableAsync(second);
        await DurableAsync(first);
        (await cluster.StateOfAsync(user)).Sequence.Count.ShouldBe(2);
        await HeardAsync(Send(0, cluster.Batch(user, "i3")), "applied durable:1");
        (await HistoryAsync(0, user)).ShouldBe("i3 i2 i1");
    }

    [Fact]
    public async Task A_grain_that_another_silo_holds_gets_the_clicks()
    {
        var user = cluster.NewUser();
        await HeardAsync(Send(0, cluster.Batch(user, "i1")), "applied durable:1");
        (await HistoryAsync(1, user)).ShouldBe("i1");

        await DurableAsync(Send(0, cluster.Batch(user, "i2")));
        (await HistoryAsync(1, user)).ShouldBe("i2 i1");
        await DurableAsync(Send(0, cluster.Batch(user, "i3")));
        (await HistoryAsync(1, user)).ShouldBe("i3 i2 i1");
        cluster.SiloOf(user).ShouldBe(1);
    }

    [Fact]
    public async Task A_grain_that_comes_elsewhere_before_clicks_are_stored_gets_them_once_and_in_order()
    {
        var user = cluster.NewUser();
        await HeardAsync(Send(0, cluster.Batch(user, "i1")), "applied durable:1");
        var (second, third) = (Send(0, cluster.Batch(user, "i2"), Long), Send(0, cluster.Batch(user, "i3"), Long));
        await HeardAsync(third, "applied");
        (await HistoryAsync(1, user)).ShouldBe("i1");

        await HastenUntilDurableAsync(second);
        await HastenUntilDurableAsync(third);
        (await HistoryAsync(1, user)).ShouldBe("i3 i2 i1");
        (await cluster.StateOfAsync(user)).Sequence.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_grain_of_a_user_nobody_knew_sees_the_first_click_that_another_silo_stores()
    {
        var user = cluster.NewUser();
        (await HistoryAsync(1, user)).ShouldBe("");
        await HeardAsync(Send(0, cluster.Batch(user, "i1")), "applied durable:1");

        (await HistoryAsync(1, user)).ShouldBe("i1");
        await DurableAsync(Send(0, cluster.Batch(user, "i2")));
        (await HistoryAsync(1, user)).ShouldBe("i2 i1");
    }

    [Fact]
    public async Task Whoever_waits_for_the_first_click_of_a_user_gets_it_from_another_silo()
    {
        for (var i = 0; i < 50; i++)
        {
            var user = cluster.NewUser();
            var batch = cluster.Batch(user, "i1");
            var asked = cluster.UserOn(1, user).GetHistory(new HistoryQuery { MinVersion = ClusterFixture.TokenOf(batch), Timeout = TimeSpan.FromSeconds(10) });
            var receipt = Send(0, batch);

            var page = await asked;
            page.Stale.ShouldBeFalse();
            page.Events.Select(e => e.ItemId).ShouldBe(["i1"]);
            await DurableAsync(receipt);
        }
    }

    [Fact]
    public async Task A_watcher_elsewhere_is_sent_the_shelf_after_the_first_click()
    {
        var user = cluster.NewUser();
        var watcher = new Watcher();
        await cluster.UserOn(1, user).Watch(
            cluster.Client.CreateObjectReference<IUserWatcher>(watcher), new RecommendationRequest { Count = 3, Timeout = TimeSpan.FromSeconds(5) });
        var batch = cluster.Batch(user, "i20");
        Send(0, batch);

        var shelf = await watcher.Shelves.Reader.ReadAsync(TestContext.Current.CancellationToken);
        shelf.Version.ShouldBe(ClusterFixture.TokenOf(batch));
        GC.KeepAlive(watcher);
    }

    [Fact]
    public async Task Questions_while_the_row_of_a_new_user_is_made_do_not_make_another_version_of_it()
    {
        for (var i = 0; i < 20; i++)
        {
            var user = cluster.NewUser();
            await HistoryAsync(1, user);
            cluster.Table.HoldAnswers(user);
            var watcher = new Watcher();
            var watched = cluster.UserOn(1, user).Watch(
                cluster.Client.CreateObjectReference<IUserWatcher>(watcher), new RecommendationRequest { Count = 3, Timeout = TimeSpan.FromSeconds(5) });
            await Wait.UntilAsync(() => cluster.Table.WritesOf(user) == 1, "the row is made");
            Task[] asked = [HistoryAsync(1, user), HistoryAsync(1, user)];

            // The grain's next turn: theirs have begun.
            await cluster.UserOn(1, user).Unwatch(cluster.Client.CreateObjectReference<IUserWatcher>(new Watcher()));
            cluster.Table.Open(user);
            await Task.WhenAll([watched, .. asked]);

            await HeardAsync(Send(1, cluster.Batch(user, "i1")), "applied durable:1");
            GC.KeepAlive(watcher);
        }
    }

    [Fact]
    public async Task An_activation_that_was_given_up_while_it_read_its_row_takes_no_clicks()
    {
        var user = cluster.NewUser();
        await HeardAsync(Send(0, cluster.Batch(user, "i1")), "applied durable:1");
        cluster.Table.HoldClaims(user);
        var asked = HistoryAsync(0, user);
        await Wait.UntilAsync(() => cluster.Table.BegunClaimsOf(user) == 1, "a grain reads its row");
        cluster.Cluster.TryGetGrainContext(cluster.User(user).GetGrainId(), out var context).ShouldBeTrue();
        context!.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, "The test gives it up."), new CancellationToken(canceled: true));
        await context.Deactivated.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        cluster.Table.Open(user);
        await asked.ContinueWith(static _ => { }, TestContext.Current.CancellationToken, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        (await HistoryAsync(1, user)).ShouldBe("i1");

        await DurableAsync(Send(0, cluster.Batch(user, "i2")));
        await DurableAsync(Send(1, cluster.Batch(user, "i3")));
        (await HistoryAsync(1, user)).ShouldBe("i3 i2 i1");
    }

    [Fact]
    public async Task A_click_that_a_grain_could_not_store_in_time_is_known_to_be_lost_before_the_user_rests_again()
    {
        var user = cluster.NewUser();
        await HeardAsync(Send(0, cluster.Batch(user, "i1")), "applied durable:1");
        await HistoryAsync(0, user);
        cluster.Cluster.TryGetGrainContext(cluster.User(user).GetGrainId(), out var context).ShouldBeTrue();
        cluster.Table.Hold(user);
        var second = Send(0, cluster.Batch(user, "i2"));
        await HeardAsync(second, "applied");

        context!.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, "The test ends it."), new CancellationToken(canceled: true));
        await context.Deactivated.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        await HeardAsync(second, "applied failed");
        cluster.Table.Open(user);
    }

    [Fact]
    public async Task A_shopper_who_was_warned_about_and_comes_back_at_rest_is_warned_about_again_after_the_next_absence()
    {
        var user = cluster.NewUser();
        var old = ClusterFixture.Event(user, "i1", cluster.Shop.GetUtcNow().AddDays(-200), EventType.Purchase);
        await cluster.UserOn(0, user).Append(cluster.Batch(old));
        await Wait.UntilAsync(async () => (await cluster.StateOfAsync(user)).Churn is { Warnings.Count: 1, Unpublished: null, Armed: false }, "the crossing is warned about");
        await cluster.Cluster.DeactivateAsync(cluster.User(user));

        await HeardAsync(Send(0, cluster.Batch(user, "i2")), "applied durable:1");
        cluster.SiloOf(user).ShouldBeNull();
        await SweepAsync(user);
        (await cluster.StateOfAsync(user)).Churn.Armed.ShouldBeTrue();

        await cluster.Cluster.DeactivateAsync(cluster.User(user));
        cluster.Clock.Advance(TimeSpan.FromDays(200));
        await SweepAsync(user);
        cluster.Sink.Of(user).Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_user_whose_grain_ended_rests_again()
    {
        var user = cluster.NewUser();
        await HeardAsync(Send(0, cluster.Batch(user, "i1")), "applied durable:1");
        await HistoryAsync(0, user);
        await cluster.Cluster.DeactivateAsync(cluster.User(user));

        await HeardAsync(Send(0, cluster.Batch(user, "i2")), "applied durable:1");
        cluster.SiloOf(user).ShouldBeNull();
        (await cluster.StateOfAsync(user)).Sequence.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_write_whose_outcome_is_unknown_neither_loses_nor_repeats(bool wasStored)
    {
        var user = cluster.NewUser();
        (wasStored ? (Action<string>)cluster.Table.LoseNextAnswer : cluster.Table.FailNextWrite)(user);
        var (first, second) = (Send(0, cluster.Batch(user, "i1"), Long), Send(0, cluster.Batch(user, "i2"), Long));
        await HeardAsync(second, "applied");
        await HastenUntilDurableAsync(first);
        await HastenUntilDurableAsync(second);
        (await cluster.StateOfAsync(user)).Sequence.Select(e => e.ItemId).ShouldBe(["i1", "i2"]);
    }

    [Fact]
    public async Task A_click_whose_write_fails_several_times_is_counted_once_as_rising()
    {
        var (user, other) = (cluster.NewUser(), cluster.NewUser());
        cluster.Table.FailNextWrites(user, 3);
        await DurableAsync(Send(0, cluster.Batch(user, "written-late")));
        await DurableAsync(Send(0, cluster.Batch(other, "written-at-once")));

        var rises = await cluster.RisesAsync("written-late", "written-at-once");

        rises[0].ShouldBe(rises[1], 1e-6);
        cluster.Table.BegunWritesOf(user).ShouldBe(4);
    }

    [Fact]
    public async Task A_grain_that_comes_while_a_write_fails_gets_what_was_lost_before_anything_newer()
    {
        var user = cluster.NewUser();
        await HeardAsync(Send(0, cluster.Batch(user, "i1")), "applied durable:1");
        cluster.Table.Hold(user);
        cluster.Table.FailNextWrite(user);
        var second = Send(0, cluster.Batch(user, "i2"));
        await Wait.UntilAsync(() => cluster.Table.BegunWritesOf(user) == 2, "the write is under way");
        var asked = HistoryAsync(0, user);
        var third = Send(0, cluster.Batch(user, "i3"));
        await HeardAsync(third, "applied");
        asked.IsCompleted.ShouldBeFalse();

        cluster.Table.Open(user);

        await asked;
        await DurableAsync(third);
        await DurableAsync(second);
        (await HistoryAsync(0, user)).ShouldBe("i3 i2 i1");
    }

    [Fact]
    public async Task A_grain_that_does_not_come_after_all_leaves_its_user_at_rest()
    {
        var user = cluster.NewUser();
        cluster.Table.Hold(user);
        var first = Send(0, cluster.Batch(user, "i1"));
        await Wait.UntilAsync(() => cluster.Table.BegunWritesOf(user) == 1, "the write is under way");
        var waking = cluster.Resting(0).WakeAsync(user);
        cluster.Resting(0).NotWoken(user);
        cluster.Table.Open(user);

        await DurableAsync(first);
        await DurableAsync(Send(0, cluster.Batch(user, "i2")));
        cluster.SiloOf(user).ShouldBeNull();
        waking.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_row_that_cannot_be_understood_fails_its_own_batches_only()
    {
        var (user, other) = (cluster.NewUser(), cluster.NewUser());
        await cluster.Table.Any.WriteAsync([new UserWrite(user, 0, null, [UserStateCodec.CurrentVersion + 1, 0], UserHolder.None)]);
        var newer = Send(0, cluster.Batch(user, "i1"));
        var fine = Send(0, cluster.Batch(other, "i1"));

        await HeardAsync(newer, "failed");
        await HeardAsync(fine, "applied durable:1");
    }

    [Fact]
    public async Task A_damaged_row_is_told_as_one_to_whoever_sends_a_click_or_calls_the_grain()
    {
        var user = cluster.NewUser();
        await cluster.Table.Any.WriteAsync([new UserWrite(user, 0, null, [UserStateCodec.CurrentVersion, 1, 200], UserHolder.None)]);
        var atRest = Send(0, cluster.Batch(user, "i1"));
        await HeardAsync(atRest, "failed");
        atRest.Failure.ShouldBeOfType<InvalidDataException>();

        var called = await Should.ThrowAsync<Exception>(() => cluster.UserOn(1, user).Append(cluster.Batch(user, "i2")));
        Causes(called).OfType<InvalidDataException>().ShouldNotBeEmpty();

        foreach (var silo in new[] { 0, 1 })
        {
            // The grain that could not read the row holds it all the same.
            var elsewhere = Send(silo, cluster.Batch(user, "i3"));
            await HeardAsync(elsewhere, "failed");
            Causes(elsewhere.Failure).OfType<InvalidDataException>().ShouldNotBeEmpty();
        }
    }

    [Fact]
    public async Task Clicks_that_had_their_place_are_given_back_in_order_when_the_row_turns_out_to_be_a_newer_releases()
    {
        var user = cluster.NewUser();
        await HeardAsync(Send(0, cluster.Batch(user, "i1")), "applied durable:1");
        var (second, third) = (Send(0, cluster.Batch(user, "i2"), Long), Send(0, cluster.Batch(user, "i3"), Long));
        await HeardAsync(third, "applied");
        await cluster.Table.Any.WriteAsync([new UserWrite(user, 1, null, [UserStateCodec.CurrentVersion + 1, 0], UserHolder.None)]);

        cluster.Stream(0).Hasten();

        await HeardAsync(third, "applied failed");
        await HeardAsync(second, "applied failed");
        (await cluster.Table.Any.ReadAsync([user]))[0]!.Version.ShouldBe(2);
    }

    [Fact]
    public async Task Rows_that_cannot_be_read_are_read_again()
    {
        var user = cluster.NewUser();
        cluster.Table.FailNextRead(user);
        await HeardAsync(Send(0, cluster.Batch(user, "i1")), "applied durable:1");
    }

    [Fact]
    public async Task A_batch_that_its_sender_gave_up_is_not_applied()
    {
        var user = cluster.NewUser();
        var receipt = new RecordingReceipt();
        receipt.GiveUp();
        Send(0, cluster.Batch(user, "i1"), receipt);

        await HeardAsync(receipt, "failed");
        (await cluster.Table.Any.ReadAsync([user]))[0].ShouldBeNull();
    }

    [Fact]
    public async Task What_an_erased_user_did_before_does_not_come_back()
    {
        var user = cluster.NewUser();
        var late = cluster.Batch(user, "i2");
        await HeardAsync(Send(0, cluster.Batch(user, "i1")), "applied durable:1");
        cluster.Clock.Advance(TimeSpan.FromMinutes(1));
        await cluster.UserOn(1, user).Erase();
        await cluster.Cluster.DeactivateAsync(cluster.User(user));

        await HeardAsync(Send(0, late), "applied durable:0");
        (await cluster.StateOfAsync(user)).Sequence.Count.ShouldBe(0);
    }

    [Fact]
    public async Task More_users_than_there_is_room_for_lose_nothing_and_take_no_more_room()
    {
        var users = Enumerable.Range(0, 100).Select(_ => cluster.NewUser()).ToArray();
        for (var round = 0; round < 3; round++)
        {
            var receipts = users.Select(user => Send(0, cluster.Batch(user, $"i{round}"))).ToArray();
            await Wait.UntilAsync(() => receipts.All(receipt => receipt.Heard == "applied durable:1"), "all are durable");
        }

        await Wait.UntilAsync(() => cluster.UsersAtRest(0) is > 0 and <= RestingFixture.MaxUsersAtRest, "the silo keeps as many as it may");
        foreach (var user in users)
        {
            (await cluster.StateOfAsync(user)).Sequence.Select(e => e.ItemId).ShouldBe(["i0", "i1", "i2"]);
        }
    }

    /// <summary>While the store was away, up to half a million clicks waited with all that their producers had added to them: several gigabytes.</summary>
    [Fact]
    public async Task A_click_that_waits_until_it_is_stored_keeps_nothing_that_is_not_stored()
    {
        var (receipt, properties) = SendWithProperties(cluster.NewUser());
        await HeardAsync(receipt, "applied");

        await Wait.UntilAsync(
            () =>
            {
                GC.Collect();
                return !properties.IsAlive;
            },
            "the properties are gone");
        receipt.Heard.ShouldBe("applied");
        cluster.Stream(0).Hasten();
        await HeardAsync(receipt, "applied durable:1");
    }

    private static IEnumerable<Exception> Causes(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            yield return exception;
        }
    }

    /// <summary>Applied, maybe again to another row or grain, and stored.</summary>
    private static Task DurableAsync(RecordingReceipt receipt) => Wait.UntilAsync(
        () => receipt.Heard.StartsWith("applied", StringComparison.Ordinal) && receipt.IsDurable, "a receipt hears 'durable'");

    private static async Task HeardAsync(RecordingReceipt receipt, string what)
    {
        try
        {
            await Wait.UntilAsync(() => receipt.Heard == what, $"a receipt hears '{what}'");
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message} It heard '{receipt.Heard}'.", e);
        }
    }

    private Task HastenUntilDurableAsync(RecordingReceipt receipt) => Wait.UntilAsync(
        () =>
        {
            cluster.Stream(0).Hasten();
            cluster.Stream(1).Hasten();
            return receipt.IsDurable;
        },
        "a receipt hears 'durable'");

    private Task<SweepResult> SweepAsync(string user) => cluster.Client.GetGrain<IChurnSweeperGrain>(ChurnBuckets.Of(user)).Sweep();

    // Apart, so that nothing in the test holds them.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private (RecordingReceipt Receipt, WeakReference Properties) SendWithProperties(string user)
    {
        var properties = new string('p', 4 * 1024);
        var click = ClusterFixture.Event(user, "i1", cluster.Shop.GetUtcNow()) with { Properties = properties };
        return (Send(0, cluster.Batch(click), Long), new WeakReference(properties));
    }

    private RecordingReceipt Send(int silo, EventBatch batch, TimeSpan waited = default)
    {
        var receipt = new RecordingReceipt();
        Send(silo, batch with { Waited = waited }, receipt);
        return receipt;
    }

    private void Send(int silo, EventBatch batch, RecordingReceipt receipt) =>
        cluster.Stream(silo).TryAppend(batch.Events[0].Event.UserId, batch with { Receipt = receipt }).ShouldBeTrue();

    private async Task<string> HistoryAsync(int silo, string user) =>
        string.Join(' ', (await cluster.UserOn(silo, user).GetHistory(new HistoryQuery())).Events.Select(e => e.ItemId));
}
