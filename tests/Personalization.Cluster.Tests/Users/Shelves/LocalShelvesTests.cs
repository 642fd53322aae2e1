using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Orleans.TestingHost;
using Personalization.Cluster.Tests.Fixture;
using Personalization.Events;
using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Cluster.Tests.Users;

/// <summary>Shelves of grains in the same process, which are asked on the grain's turn and without a message.</summary>
[Collection(ClusterCollection.Name)]
public sealed class LocalShelvesTests(ClusterFixture cluster)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task A_grain_of_this_silo_is_asked_without_a_message_and_knows_its_last_click()
    {
        var (user, silo) = await ActiveUserAsync();
        var shelves = silo.ServiceProvider.GetRequiredService<ILocalShelves>();
        var address = Substitute.For<IUserGrain>();
        var click = cluster.Batch(user, "i3");
        await cluster.User(user).Append(click);

        var shelf = await shelves.RecommendAsync(user, address, Question(), TestContext.Current.CancellationToken);

        shelf.ShouldSatisfyAllConditions(
            s => s.UserId.ShouldBe(user),
            s => s.Source.ShouldBe(RecommendationSource.Model),
            s => s.Version.ShouldBe(ClusterFixture.TokenOf(click)),
            s => s.Items.Select(item => item.ItemId).ShouldNotContain("i3"),
            s => s.Timings.Grain.ShouldBeGreaterThan(0));
        await address.DidNotReceiveWithAnyArgs().Recommend(default!, default);
    }

    [Fact]
    public async Task A_shelf_of_what_is_stored_needs_no_turn_of_a_grain_that_is_busy()
    {
        var (user, silo) = await ActiveUserAsync();
        var grain = silo.ServiceProvider.GetRequiredService<ActiveUsers>().Find(user).ShouldNotBeNull();
        var click = cluster.Batch(user, "i6");
        await cluster.User(user).Append(click);
        using var release = new ManualResetEventSlim();
        var busy = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        grain.GrainContext.Scheduler.QueueAction(
            _ =>
            {
                busy.SetResult();
                release.Wait(TestContext.Current.CancellationToken);
            },
            user);
        await busy.Task;
        try
        {
            var shelf = await silo.ServiceProvider.GetRequiredService<ILocalShelves>()
                .RecommendAsync(user, Substitute.For<IUserGrain>(), Question() with { MinVersion = ClusterFixture.TokenOf(click) }, TestContext.Current.CancellationToken)
                .WaitAsync(Timeout, TestContext.Current.CancellationToken);

            shelf.ShouldSatisfyAllConditions(
                s => s.Source.ShouldBe(RecommendationSource.Model),
                s => s.Version.ShouldBe(ClusterFixture.TokenOf(click)),
                s => s.Items.Select(item => item.ItemId).ShouldNotContain("i6"));
        }
        finally
        {
            release.Set();
        }
    }

    [Fact]
    public async Task Every_shelf_knows_each_click_that_is_applied_whether_it_is_stored_yet_or_not()
    {
        var (user, silo) = await ActiveUserAsync();
        var active = silo.ServiceProvider.GetRequiredService<ActiveUsers>();
        var shelves = silo.ServiceProvider.GetRequiredService<ILocalShelves>();
        var last = 0L;
        using var end = new CancellationTokenSource();
        var others = Task.Run(
            async () =>
            {
                while (!end.IsCancellationRequested)
                {
                    // Not on the thread that tells answers of the model to others.
                    await Task.Yield();
                    var before = Volatile.Read(ref last);
                    OffsetOf(await shelves.RecommendAsync(user, cluster.User(user), Question(), CancellationToken.None)).ShouldBeGreaterThanOrEqualTo(before);
                }
            },
            TestContext.Current.CancellationToken);
        try
        {
            for (var round = 0; round < 1_000; round++)
            {
                var click = cluster.Batch(user, $"i{1 + (round % 20)}");
                var applied = new Receipt();
                active.TryAppend(user, click with { Receipt = applied }).ShouldBeTrue();
                await (round % 2 == 0 ? applied.Seen : applied.Stored);
                Volatile.Write(ref last, click.Events[^1].Offset);

                var shelf = await shelves.RecommendAsync(user, cluster.User(user), Question(), TestContext.Current.CancellationToken);

                OffsetOf(shelf).ShouldBe(click.Events[^1].Offset);
            }
        }
        finally
        {
            await end.CancelAsync();
        }

        await others;

        static long OffsetOf(RecommendationResponse shelf) => StreamPosition.TryParse(shelf.Version, out var position) ? position.Offset : -1;
    }

    [Fact]
    public async Task A_version_that_is_on_its_way_is_waited_for_without_a_message_too()
    {
        var (user, silo) = await ActiveUserAsync();
        var click = cluster.Batch(user, "i4");
        var shelf = silo.ServiceProvider.GetRequiredService<ILocalShelves>().RecommendAsync(
            user, Substitute.For<IUserGrain>(), Question() with { MinVersion = ClusterFixture.TokenOf(click) }, TestContext.Current.CancellationToken);

        await cluster.User(user).Append(click);

        (await shelf).ShouldSatisfyAllConditions(s => s.Stale.ShouldBeFalse(), s => s.Version.ShouldBe(ClusterFixture.TokenOf(click)));
    }

    [Fact]
    public async Task A_grain_that_had_no_message_for_minutes_gets_one_so_that_it_stays()
    {
        var (user, silo) = await ActiveUserAsync();
        var address = Substitute.For<IUserGrain>();
        var expected = new RecommendationResponse { UserId = user, RecommendationId = "1" };
        address.Recommend(default!, default).ReturnsForAnyArgs(expected);

        // A clock of its own, by which the grain's last message is years ago.
        var shelves = new LocalShelves(
            silo.ServiceProvider.GetRequiredService<ActiveUsers>(),
            silo.ServiceProvider.GetRequiredService<Recommender>(),
            Options.Create(new UserOptions()),
            new FakeTimeProvider());

        (await shelves.RecommendAsync(user, address, Question(), TestContext.Current.CancellationToken)).ShouldBeSameAs(expected);
    }

    [Fact]
    public async Task A_grain_that_leaves_meanwhile_hands_the_question_on_as_a_message()
    {
        var (user, silo) = await ActiveUserAsync();
        var active = silo.ServiceProvider.GetRequiredService<ActiveUsers>();
        var grain = active.Find(user).ShouldNotBeNull();
        var address = Substitute.For<IUserGrain>();
        var expected = new RecommendationResponse { UserId = user, RecommendationId = "1" };
        address.Recommend(default!, default).ReturnsForAnyArgs(expected);
        grain.GrainContext.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, "test"));
        await grain.GrainContext.Deactivated.WaitAsync(TestContext.Current.CancellationToken);

        var ended = 0;
        var shelf = await new ShelfCall(grain, address, Question(), () => ended++, CancellationToken.None).SendAsync().WaitAsync(TestContext.Current.CancellationToken);

        shelf.ShouldBeSameAs(expected);
        ended.ShouldBe(1);
    }

    [Fact]
    public async Task Who_asked_does_not_go_on_on_the_grains_turn_whether_the_shelf_is_made_or_there_already()
    {
        var (user, silo) = await ActiveUserAsync();
        var shelves = silo.ServiceProvider.GetRequiredService<ILocalShelves>();
        await cluster.User(user).Append(cluster.Batch(user, "i5"));
        foreach (var cached in (bool[])[false, true])
        {
            var went = TaskScheduler.Current;
            var shelf = await Task.Run(
                async () =>
                {
                    var answer = await shelves.RecommendAsync(user, Substitute.For<IUserGrain>(), Question(), CancellationToken.None).ConfigureAwait(false);
                    went = TaskScheduler.Current;
                    return answer;
                },
                TestContext.Current.CancellationToken);

            shelf.Timings.Cached.ShouldBe(cached);
            went.ShouldBe(TaskScheduler.Default);
        }
    }

    [Fact]
    public async Task A_question_that_is_given_up_throws_and_makes_room()
    {
        var waiting = cluster.NewUser();
        await cluster.User(waiting).Append(cluster.Batch(waiting, "hang"));
        await cluster.User(waiting).Recommend(new RecommendationRequest { Timeout = TimeSpan.FromMilliseconds(1) }, TestContext.Current.CancellationToken);
        var silo = SiloOf(waiting);
        using var giveUp = new CancellationTokenSource();
        var open = silo.ServiceProvider.GetRequiredService<ILocalShelves>().RecommendAsync(waiting, Substitute.For<IUserGrain>(), Question(), giveUp.Token);

        await giveUp.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => open);
    }

    private sealed class Receipt : AppendReceipt
    {
        private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _stored = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Seen => _seen.Task;

        public Task Stored => _stored.Task;

        public override bool IsVoid => false;

        public override void Applied() => _seen.TrySetResult();

        public override void Durable() => _stored.TrySetResult();

        public override void Failed(Exception exception)
        {
            _seen.TrySetException(exception);
            _stored.TrySetException(exception);
        }
    }

    private static RecommendationRequest Question() => new() { Count = 5, Timeout = Timeout };

    private async Task<(string User, InProcessSiloHandle Silo)> ActiveUserAsync()
    {
        var user = cluster.NewUser();
        await cluster.User(user).Append(cluster.Batch(user, "i10"));
        await cluster.User(user).Recommend(Question(), TestContext.Current.CancellationToken);
        return (user, SiloOf(user));
    }

    private InProcessSiloHandle SiloOf(string user) =>
        cluster.Cluster.Silos.Single(silo => silo.ServiceProvider.GetRequiredService<ActiveUsers>().Find(user) is not null);
}
