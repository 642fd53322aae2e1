using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Orleans.TestingHost;
using Personalization.Cluster.Tests.Fixture;
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
