using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.TestingHost;
using Personalization.Cluster.Tests.Fixture;
using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Cluster.Tests.Users;

[Collection(ClusterCollection.Name)]
public sealed class OverloadTests(ClusterFixture cluster)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task A_full_silo_gives_the_last_shelf_without_the_grain_and_never_one_from_before_a_click()
    {
        var (user, silo) = await ActiveUserAsync("i10");
        var shelves = silo.ServiceProvider.GetRequiredService<ILocalShelves>();
        var good = await AskAsync(shelves, user, 20);
        using var meter = SiloMeter.OfShelves(cluster);
        cluster.Model.ExpectedTime = TimeSpan.MaxValue;
        try
        {
            var last = await AskAsync(shelves, user, 5);
            last.ShouldSatisfyAllConditions(
                shelf => shelf.Source.ShouldBe(RecommendationSource.LastGood),
                shelf => shelf.FallbackReason.ShouldBe(FallbackReason.Overload),
                shelf => shelf.Timings.Grain.ShouldBe(0),
                shelf => shelf.Version.ShouldBe(good.Version),
                shelf => shelf.Items.Select(i => i.ItemId).ShouldBe(good.Items.Take(5).Select(i => i.ItemId)));
            (await AskAsync(shelves, user, 5, good.Version)).Source.ShouldBe(RecommendationSource.LastGood, "it is of the version that is named");
            (await AskAsync(shelves, user, 60)).Timings.Grain.ShouldBeGreaterThan(0, "a third of the places are too few");
            meter.Tags.Length.ShouldBe(3);
            meter.Tags[..2].ShouldAllBe(tags => tags == "source=last_good reason=overload");
            meter.Tags[2].ShouldEndWith(" reason=overload");

            var click = cluster.Batch(user, good.Items[0].ItemId);
            await cluster.User(user).Append(click);
            var after = await AskAsync(shelves, user, 20);
            after.Version.ShouldBe(ClusterFixture.TokenOf(click));
            after.Items.Select(i => i.ItemId).ShouldNotContain(good.Items[0].ItemId);
        }
        finally
        {
            cluster.Model.ExpectedTime = TimeSpan.Zero;
        }
    }

    [Fact]
    public async Task A_full_silo_gives_nobody_who_names_a_click_a_shelf_from_before_it()
    {
        var (user, silo) = await ActiveUserAsync("i12");
        var shelves = silo.ServiceProvider.GetRequiredService<ILocalShelves>();
        var click = cluster.Batch(user, "i13");
        cluster.Model.ExpectedTime = TimeSpan.MaxValue;
        try
        {
            var asked = AskAsync(shelves, user, 20, ClusterFixture.TokenOf(click));
            await cluster.User(user).Append(click);

            (await asked).Version.ShouldBe(ClusterFixture.TokenOf(click));
        }
        finally
        {
            cluster.Model.ExpectedTime = TimeSpan.Zero;
        }
    }

    [Fact]
    public async Task Shelves_beyond_what_is_made_at_a_time_are_the_last_ones_until_there_is_room()
    {
        var (user, silo) = await ActiveUserAsync("i11");
        var waiting = cluster.NewUser();
        await cluster.User(waiting).Append(cluster.Batch(waiting, "hang"));
        var services = silo.ServiceProvider;
        var shelves = new LocalShelves(
            services.GetRequiredService<ActiveUsers>(), services.GetRequiredService<Recommender>(), Options.Create(new UserOptions { MaxOpenShelves = 1 }), TimeProvider.System);
        using var giveUp = new CancellationTokenSource();
        var open = shelves.RecommendAsync(waiting, cluster.User(waiting), new RecommendationRequest { Timeout = Timeout }, giveUp.Token);

        using var meter = SiloMeter.OfShelves(cluster);
        (await AskAsync(shelves, user, 5)).FallbackReason.ShouldBe(FallbackReason.Overload);
        meter.Tags.ShouldBe(["source=last_good reason=overload"]);
        (await AskAsync(shelves, cluster.NewUser(), 5)).FallbackReason.ShouldBe(FallbackReason.UnknownUser, "who has no last shelf is asked for");

        await giveUp.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => open);
        (await AskAsync(shelves, user, 5)).FallbackReason.ShouldBeNull();
    }

    private async Task<(string User, InProcessSiloHandle Silo)> ActiveUserAsync(string item)
    {
        var user = cluster.NewUser();
        await cluster.User(user).Append(cluster.Batch(user, item));
        await cluster.User(user).Recommend(new RecommendationRequest { Timeout = Timeout }, TestContext.Current.CancellationToken);
        return (user, cluster.Cluster.Silos.Single(silo => silo.ServiceProvider.GetRequiredService<ActiveUsers>().Find(user) is not null));
    }

    private Task<RecommendationResponse> AskAsync(ILocalShelves shelves, string user, int count, string? minVersion = null) => shelves.RecommendAsync(
        user, cluster.User(user), new RecommendationRequest { Count = count, MinVersion = minVersion, Timeout = Timeout }, TestContext.Current.CancellationToken);
}
