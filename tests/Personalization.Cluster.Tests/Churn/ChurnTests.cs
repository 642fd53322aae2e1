using Microsoft.Extensions.DependencyInjection;
using Personalization.Churn;
using Personalization.Cluster.Tests.Fixture;
using Personalization.Events;
using Personalization.Inference;
using Personalization.Recommendations;
using Personalization.Telemetry;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.Cluster.Tests.Churn;

[Collection(ClusterCollection.Name)]
public sealed class ChurnTests(ClusterFixture cluster)
{
    [Fact]
    public async Task The_first_write_of_a_new_user_plans_a_check_without_the_model()
    {
        var user = cluster.NewUser();
        await cluster.User(user).Append(cluster.Batch(user, "status:NoModel"));

        cluster.Rows.NextCheckOf(user).ShouldNotBeNull().ShouldBeGreaterThan(cluster.Shop.GetUtcNow());
    }

    [Fact]
    public async Task A_shopper_who_crosses_is_warned_once_and_again_only_after_coming_back()
    {
        var user = await IdleUserAsync(200);
        (await cluster.User(user).CheckChurn()).ShouldBeFalse("the renewal after the append has warned already");
        (await cluster.User(user).CheckChurn()).ShouldBeFalse();
        var warning = cluster.Sink.Of(user).ShouldHaveSingleItem();
        warning.Probability.ShouldBe(FakeModel.ChurnAfter(200), 0.001);
        warning.Threshold.ShouldBe(FakeModel.Threshold);
        warning.Reasons.ShouldNotBeEmpty();

        // Back now: the score falls and re-arms. Then gone again.
        await cluster.User(user).Append(cluster.Batch(ClusterFixture.Event(user, "i2", cluster.Shop.GetUtcNow())));
        await Wait.UntilAsync(() => cluster.Rows.StateOf(user).Churn.Armed, "activity re-arms");
        await cluster.User(user).Erase();
        cluster.Sink.Of(user).Length.ShouldBe(1);
    }

    [Fact]
    public async Task A_warning_that_could_not_be_published_survives_the_grain_and_is_published_by_the_next_sweep()
    {
        var user = cluster.NewUser();
        cluster.Sink.Break(user);
        await AppendOldAsync(user, 200);
        await Wait.UntilAsync(() => cluster.Rows.StateOf(user).Churn.Unpublished is not null, "the warning is stored");
        cluster.Rows.NextCheckOf(user).ShouldNotBeNull().ShouldBeLessThanOrEqualTo(cluster.Shop.GetUtcNow());
        await cluster.Cluster.DeactivateAsync(cluster.User(user));
        cluster.Sink.Repair(user);

        await SweepAsync(user);

        await Wait.UntilAsync(() => cluster.Rows.StateOf(user).Churn.Unpublished is null, "it is marked as published");
        await SweepAsync(user);
        cluster.Sink.Of(user).ShouldHaveSingleItem();
        cluster.Rows.NextCheckOf(user).ShouldBeNull();
    }

    [Fact]
    public async Task The_model_is_told_of_the_whole_life_also_of_what_the_sequence_no_longer_holds()
    {
        var user = cluster.NewUser();
        var last = $"life-{user}";
        var start = cluster.Shop.GetUtcNow().AddDays(-30);
        var bought = Enumerable.Range(0, 260).Select(i => Bought($"i{i % 9}", start.AddMinutes(i)));
        await cluster.User(user).Append(cluster.Batch([.. bought, Bought(last, start.AddDays(1)) with { Type = EventType.Cancel, Quantity = 1 }]));

        await cluster.User(user).GetChurn(new UserQuery { Timeout = TimeSpan.FromSeconds(5) }, TestContext.Current.CancellationToken);

        cluster.Model.TotalsAfter(last).ShouldBe(new LifeTotals(260, 1, (260 * 3.0) - 1.5, start.ToUnixTimeMilliseconds()));

        BehaviorEvent Bought(string item, DateTimeOffset at) =>
            ClusterFixture.Event(user, item, at) with { Type = EventType.Purchase, Quantity = 2, Price = 1.5m };
    }

    /// <summary>Who waits goes first, then what a shopper's own events ask for, and last what nobody waits for.</summary>
    [Fact]
    public async Task Shelves_and_questions_are_more_urgent_than_the_renewal_after_events_and_that_is_than_a_sweep()
    {
        var (asking, leaving) = (cluster.NewUser(), cluster.NewUser());
        var (asked, left) = ($"asked-{asking}", $"left-{leaving}");
        await cluster.User(leaving).Append(cluster.Batch(ClusterFixture.Event(leaving, left, cluster.Shop.GetUtcNow().AddDays(-200), EventType.Purchase)));
        await Wait.UntilAsync(() => cluster.Model.PrioritiesAfter(left).Length > 0, "the renewal after the append");
        cluster.Model.PrioritiesAfter(left).ShouldBe([InferencePriority.Refresh]);

        await cluster.User(asking).Append(cluster.Batch(asking, asked));
        await cluster.User(asking).Recommend(new RecommendationRequest { Timeout = TimeSpan.FromSeconds(5) }, TestContext.Current.CancellationToken);
        await cluster.User(asking).GetChurn(new UserQuery { Timeout = TimeSpan.FromSeconds(5) }, TestContext.Current.CancellationToken);
        cluster.Model.PrioritiesAfter(asked).ShouldBe([InferencePriority.Interactive, InferencePriority.Interactive]);

        await cluster.Cluster.DeactivateAsync(cluster.User(asking));
        cluster.Clock.Advance(TimeSpan.FromHours(14));
        await SweepAsync(asking);
        cluster.Model.PrioritiesAfter(asked)[2..].ShouldBe([InferencePriority.Bulk]);
    }

    [Fact]
    public async Task A_sweep_wakes_only_those_who_cross()
    {
        var quiet = await ActiveUserAsync();
        var leaving = await ActiveUserAsync(ChurnBuckets.Of(quiet));
        cluster.Clock.Advance(TimeSpan.FromHours(7));
        var later = cluster.Shop.GetUtcNow();
        await cluster.User(leaving).Append(cluster.Batch(ClusterFixture.Event(leaving, "status:NoModel", later.AddDays(-80))));
        await Task.WhenAll(cluster.Cluster.DeactivateAsync(cluster.User(quiet)), cluster.Cluster.DeactivateAsync(cluster.User(leaving)));
        cluster.Cluster.TryGetGrainContext(cluster.User(quiet).GetGrainId(), out _).ShouldBeFalse();

        cluster.Clock.Advance(TimeSpan.FromHours(7));
        var checkBefore = cluster.Rows.NextCheckOf(quiet);
        var result = await SweepAsync(quiet);

        result.Due.ShouldBeGreaterThanOrEqualTo(1);
        result.Scored.ShouldBeGreaterThanOrEqualTo(1);
        cluster.Rows.NextCheckOf(quiet).ShouldNotBe(checkBefore);
        cluster.Cluster.TryGetGrainContext(cluster.User(quiet).GetGrainId(), out _).ShouldBeFalse();
        cluster.Sink.Of(quiet).ShouldBeEmpty();

        // Weeks of nothing: now the sweep itself finds who crosses and calls the grain.
        cluster.Clock.Advance(TimeSpan.FromDays(60));
        (await SweepAsync(quiet)).Crossed.ShouldBeGreaterThanOrEqualTo(1);
        cluster.Sink.Of(quiet).ShouldHaveSingleItem();
        cluster.Rows.NextCheckOf(quiet).ShouldBeNull();
    }

    [Theory]
    [InlineData("status:NoModel", false)]
    [InlineData("status:Failed", true)]
    public async Task A_shopper_the_model_does_not_answer_for_keeps_no_others_from_being_swept(string answer, bool triedLater)
    {
        var first = cluster.NewUser();
        await cluster.User(first).Append(cluster.Batch(first, answer));
        var others = new List<string>();
        for (var i = 0; i < 2 * new SweeperOptions().Concurrency; i++)
        {
            others.Add(await ActiveUserAsync(ChurnBuckets.Of(first)));
        }

        var checks = others.ToDictionary(u => u, cluster.Rows.NextCheckOf);
        var check = cluster.Rows.NextCheckOf(first);
        cluster.Clock.Advance(TimeSpan.FromHours(14));
        await SweepAsync(first);

        others.Where(u => cluster.Rows.NextCheckOf(u) == checks[u]).ShouldBeEmpty();
        cluster.Rows.NextCheckOf(first).ShouldBe(triedLater ? cluster.Shop.GetUtcNow().AddHours(1) : check);
    }

    [Fact]
    public async Task A_row_that_cannot_be_read_keeps_no_others_from_being_swept_and_is_looked_at_later()
    {
        var damaged = await ActiveUserAsync();
        var other = await ActiveUserAsync(ChurnBuckets.Of(damaged));
        await Task.WhenAll(cluster.Cluster.DeactivateAsync(cluster.User(damaged)), cluster.Cluster.DeactivateAsync(cluster.User(other)));
        cluster.Rows.Damage(damaged);
        cluster.Clock.Advance(TimeSpan.FromHours(14));
        var check = cluster.Rows.NextCheckOf(other);

        await SweepAsync(damaged);

        cluster.Rows.NextCheckOf(other).ShouldNotBe(check);
        cluster.Rows.NextCheckOf(damaged).ShouldBe(cluster.Shop.GetUtcNow().AddHours(1));
    }

    [Fact]
    public async Task A_sweep_goes_on_page_by_page_until_it_has_looked_at_all_who_are_due()
    {
        var first = await ActiveUserAsync();
        var users = new List<string> { first };
        while (users.Count < 2 * ClusterFixture.SweptPage + 1)
        {
            users.Add(await ActiveUserAsync(ChurnBuckets.Of(first)));
        }

        cluster.Clock.Advance(TimeSpan.FromHours(14));
        users.ShouldAllBe(user => cluster.Rows.NextCheckOf(user) <= cluster.Shop.GetUtcNow());

        (await SweepAsync(first)).Due.ShouldBeGreaterThanOrEqualTo(users.Count);

        users.ShouldAllBe(user => cluster.Rows.NextCheckOf(user) > cluster.Shop.GetUtcNow());
    }

    /// <summary>The first page listed the same shoppers again, and as none of them was new the sweep ended there, every time.</summary>
    [Fact]
    public async Task Shoppers_who_stay_due_keep_nobody_behind_them_from_being_swept()
    {
        var stuck = await StuckUsersAsync(ClusterFixture.SweptPage + 1);
        var behind = await ActiveUserAsync(ChurnBuckets.Of(stuck[0]));
        cluster.Clock.Advance(TimeSpan.FromHours(14));
        cluster.Rows.NextCheckOf(behind).ShouldNotBeNull().ShouldBeLessThanOrEqualTo(cluster.Shop.GetUtcNow());

        await SweepAsync(behind);

        cluster.Rows.NextCheckOf(behind).ShouldNotBeNull().ShouldBeGreaterThan(cluster.Shop.GetUtcNow());
        stuck.ForEach(cluster.Sink.Repair);
        await SweepAsync(behind);
        stuck.ShouldAllBe(user => cluster.Sink.Of(user).Length == 1);
    }

    /// <summary>Each sweep looked at the same shoppers again, as many as it may, and never at those behind them.</summary>
    [Fact]
    public async Task More_shoppers_who_stay_due_than_a_sweep_looks_at_keep_nobody_behind_them_from_the_next_one()
    {
        var stuck = await StuckUsersAsync(ClusterFixture.SweptPages * ClusterFixture.SweptPage);
        var behind = await ActiveUserAsync(ChurnBuckets.Of(stuck[0]));
        cluster.Clock.Advance(TimeSpan.FromHours(14));
        await SweepAsync(behind);
        cluster.Rows.NextCheckOf(behind).ShouldNotBeNull().ShouldBeLessThanOrEqualTo(cluster.Shop.GetUtcNow());

        await SweepAsync(behind);

        cluster.Rows.NextCheckOf(behind).ShouldNotBeNull().ShouldBeGreaterThan(cluster.Shop.GetUtcNow());
        stuck.ForEach(cluster.Sink.Repair);
        await SweepAsync(behind);
        await SweepAsync(behind);
        stuck.ShouldAllBe(user => cluster.Sink.Of(user).Length == 1);
    }

    /// <summary>Only a sweep that began at the longest overdue measured, so behind many who stay due the lag was an old one for as long as the round took.</summary>
    [Fact]
    public async Task A_sweep_that_goes_on_behind_the_one_before_tells_how_overdue_the_longest_is_now()
    {
        var stuck = await StuckUsersAsync(ClusterFixture.SweptPages * ClusterFixture.SweptPage);
        var behind = await ActiveUserAsync(ChurnBuckets.Of(stuck[0]));
        cluster.Clock.Advance(TimeSpan.FromHours(14));
        await SweepAsync(behind);
        cluster.Clock.Advance(TimeSpan.FromHours(1));
        using var lag = new SiloMeter(cluster, TelemetryNames.ChurnSweepLag);

        await SweepAsync(behind);

        var overdue = stuck.Max(user => cluster.Shop.GetUtcNow() - cluster.Rows.NextCheckOf(user)!.Value);
        lag.Measured.ShouldContain(measured => measured.Tags == $"bucket={ChurnBuckets.Of(behind)}" && measured.Value >= overdue.TotalSeconds);
        stuck.ForEach(cluster.Sink.Repair);
        await SweepAsync(behind);
        await SweepAsync(behind);
    }

    [Fact]
    public async Task Churn_asked_for_is_scored_now_and_says_what_it_is_made_of()
    {
        var user = await IdleUserAsync(200);

        var status = await cluster.User(user).GetChurn(new UserQuery { Timeout = TimeSpan.FromSeconds(5) }, TestContext.Current.CancellationToken);

        status.Probability!.Value.ShouldBe(FakeModel.ChurnAfter(200), 0.001);
        status.Level.ShouldBe(ChurnLevel.High);
        status.Warnings.ShouldHaveSingleItem();
        status.Reasons.ShouldNotBeEmpty();
        status.Model.ShouldNotBeNull();
        (await cluster.User(cluster.NewUser()).GetChurn(new UserQuery(), TestContext.Current.CancellationToken)).FallbackReason.ShouldBe(FallbackReason.UnknownUser);
    }

    [Fact]
    public async Task Events_close_together_share_one_renewal_and_cost_no_write_of_their_own()
    {
        var user = cluster.NewUser();
        for (var i = 0; i < 10; i++)
        {
            await cluster.User(user).Append(cluster.Batch(user, $"i{i}"));
        }

        await Wait.UntilAsync(
            async () => (await cluster.User(user).GetChurn(new UserQuery { Timeout = TimeSpan.FromSeconds(5) }, CancellationToken.None)).Probability is not null,
            "a score");

        cluster.Rows.WritesOf(user).ShouldBeLessThanOrEqualTo(10);
    }

    [Fact]
    public async Task A_started_sweeper_is_kept_alive_by_its_reminder_and_may_be_started_by_every_silo()
    {
        var sweeper = cluster.Client.GetGrain<IChurnSweeperGrain>(7);
        await Task.WhenAll(sweeper.Start(), sweeper.Start());

        var reminders = await cluster.Cluster.GetSiloServiceProvider(cluster.Cluster.Silos[0].SiloAddress)
            .GetRequiredService<IReminderTable>()
            .ReadRows(sweeper.GetGrainId());
        reminders.Reminders.Select(r => r.ReminderName).ShouldBe(["sweep"]);
    }

    private Task<SweepResult> SweepAsync(string user) => cluster.Client.GetGrain<IChurnSweeperGrain>(ChurnBuckets.Of(user)).Sweep();

    private Task<AppendResult> AppendOldAsync(string user, double days) =>
        cluster.User(user).Append(cluster.Batch(ClusterFixture.Event(user, "i1", cluster.Shop.GetUtcNow().AddDays(-days), EventType.Purchase)));

    /// <summary>A user whose last event is long ago: the renewal after the append warns.</summary>
    private async Task<string> IdleUserAsync(double days)
    {
        var user = cluster.NewUser();
        await AppendOldAsync(user, days);
        await Wait.UntilAsync(() => cluster.Rows.StateOf(user).Churn is { Warnings.Count: 1, Unpublished: null }, "the crossing is warned about");
        return user;
    }

    /// <summary>Users of one bucket who stay due, for their warnings cannot be published.</summary>
    private async Task<List<string>> StuckUsersAsync(int count)
    {
        var stuck = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var user = NewUser(stuck.Count == 0 ? null : ChurnBuckets.Of(stuck[0]));
            cluster.Sink.Break(user);
            await AppendOldAsync(user, 200);
            stuck.Add(user);
        }

        await Wait.UntilAsync(() => stuck.TrueForAll(user => cluster.Rows.StateOf(user).Churn.Unpublished is not null), "the warnings are stored");
        return stuck;
    }

    private async Task<string> ActiveUserAsync(int? bucket = null)
    {
        var user = NewUser(bucket);
        await cluster.User(user).Append(cluster.Batch(user, "i1"));
        return user;
    }

    private string NewUser(int? bucket)
    {
        var user = cluster.NewUser();
        while (bucket is not null && ChurnBuckets.Of(user) != bucket)
        {
            user = cluster.NewUser();
        }

        return user;
    }
}
