using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Cluster.Tests.Fixture;
using Personalization.Events;
using Personalization.Recommendations;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.Cluster.Tests.Users;

[Collection(ClusterCollection.Name)]
public sealed class FallbackTests(ClusterFixture cluster)
{
    [Theory]
    [InlineData("status:NoKnownItems", FallbackReason.NoKnownItems)]
    [InlineData("status:DeadlineExceeded", FallbackReason.Deadline)]
    [InlineData("status:Overloaded", FallbackReason.Overload)]
    [InlineData("status:NoModel", FallbackReason.NoModel)]
    [InlineData("status:Failed", FallbackReason.ModelError)]
    [InlineData("throw", FallbackReason.ModelError)]
    public async Task What_the_model_cannot_answer_gives_a_full_shelf_that_says_why(string item, FallbackReason reason)
    {
        var user = cluster.NewUser();
        await cluster.User(user).Append(cluster.Batch(user, item));
        using var meter = SiloMeter.OfShelves(cluster);

        var shelf = await RecommendAsync(user);

        shelf.FallbackReason.ShouldBe(reason);
        meter.Tags.ShouldBe([SiloMeter.TagsOf(shelf)]);
        shelf.Source.ShouldNotBe(RecommendationSource.Model);
        shelf.Model.ShouldBeNull();
        shelf.Version.ShouldNotBeNull();
        shelf.Items.Length.ShouldBe(20);
    }

    [Fact]
    public async Task A_user_nothing_was_heard_of_gets_a_shelf_without_a_version()
    {
        using var meter = SiloMeter.OfShelves(cluster);

        var shelf = await RecommendAsync(cluster.NewUser());

        shelf.FallbackReason.ShouldBe(FallbackReason.UnknownUser);
        meter.Tags.ShouldBe([SiloMeter.TagsOf(shelf)]);
        shelf.Version.ShouldBeNull();
        shelf.Items.Length.ShouldBe(20);
    }

    [Fact]
    public async Task A_user_nothing_was_heard_of_keeps_no_grain_and_one_who_clicked_does()
    {
        var (visitor, shopper) = (cluster.NewUser(), cluster.NewUser());
        var click = cluster.Batch(shopper, "i1");
        await cluster.User(shopper).Append(click);

        var shelves = await Task.WhenAll(RecommendAsync(visitor), RecommendAsync(visitor), RecommendAsync(visitor), RecommendAsync(shopper));

        shelves[..3].ShouldAllBe(shelf => shelf.FallbackReason == FallbackReason.UnknownUser);
        await Wait.UntilAsync(() => !IsActive(visitor), "the visitor's grain ends");
        IsActive(shopper).ShouldBeTrue();

        var first = cluster.Batch(visitor, "i2");
        await cluster.User(visitor).Append(first);
        (await RecommendAsync(visitor)).Version.ShouldBe(ClusterFixture.TokenOf(first));
        IsActive(visitor).ShouldBeTrue();

        bool IsActive(string user) => cluster.Cluster.Silos.Any(silo => silo.ServiceProvider.GetRequiredService<ActiveUsers>().Find(user) is not null);
    }

    [Fact]
    public async Task A_user_who_was_only_shown_things_has_an_empty_history()
    {
        var user = cluster.NewUser();
        await cluster.User(user).Append(cluster.Batch(ClusterFixture.Event(user, "i1", ClusterFixture.Start, EventType.Impression)));
        using var meter = SiloMeter.OfShelves(cluster);

        var shelf = await RecommendAsync(user);

        shelf.FallbackReason.ShouldBe(FallbackReason.EmptyHistory);
        meter.Tags.ShouldBe([SiloMeter.TagsOf(shelf)]);
    }

    [Fact]
    public async Task A_category_the_model_has_nothing_of_is_said()
    {
        var user = cluster.NewUser();
        await cluster.User(user).Append(cluster.Batch(user, "i1"));
        using var meter = SiloMeter.OfShelves(cluster);

        var shelf = await cluster.User(user).Recommend(
            new RecommendationRequest { Categories = ["no-such-category"], Timeout = TimeSpan.FromSeconds(5) },
            TestContext.Current.CancellationToken);

        shelf.FallbackReason.ShouldBe(FallbackReason.NoEligibleItems);
        meter.Tags.ShouldBe([SiloMeter.TagsOf(shelf)]);
    }

    [Fact]
    public async Task A_model_that_hangs_is_not_waited_for_beyond_the_deadline()
    {
        var user = cluster.NewUser();
        await cluster.User(user).Append(cluster.Batch(user, "hang"));
        using var meter = SiloMeter.OfShelves(cluster);
        var watch = Stopwatch.StartNew();

        var shelf = await RecommendAsync(user, TimeSpan.FromMilliseconds(100));

        shelf.FallbackReason.ShouldBe(FallbackReason.Deadline);
        meter.Tags.ShouldHaveSingleItem().ShouldEndWith(" reason=deadline");
        watch.ElapsedMilliseconds.ShouldBeInRange(90, 1500);
        shelf.Items.Length.ShouldBe(20);
    }

    [Fact]
    public async Task The_last_good_list_answers_first_when_the_model_does_not()
    {
        var user = cluster.NewUser();
        await cluster.User(user).Append(cluster.Batch(user, "i10"));
        using var meter = SiloMeter.OfShelves(cluster);
        var good = await RecommendAsync(user);
        await cluster.User(user).Append(cluster.Batch(user, "status:Overloaded"));

        var shelf = await RecommendAsync(user);

        meter.Tags.ShouldBe(["source=model reason=none", "source=last_good reason=overload"]);
        shelf.Source.ShouldBe(RecommendationSource.LastGood);
        shelf.Items.Select(i => i.ItemId).ShouldBe(good.Items.Select(i => i.ItemId));
        shelf.RecommendationId.ShouldNotBe(good.RecommendationId);
    }

    [Fact]
    public async Task A_small_category_is_filled_up_and_nothing_excluded_comes_back()
    {
        var user = cluster.NewUser();
        await cluster.User(user).Append(cluster.Batch(user, "i1"));

        var shelf = await cluster.User(user).Recommend(
            new RecommendationRequest { Count = 100, ExcludeItems = ["i2", "i3"], Timeout = TimeSpan.FromSeconds(5) },
            TestContext.Current.CancellationToken);

        var ids = shelf.Items.Select(i => i.ItemId).ToArray();
        ids.ShouldBeUnique();
        ids.ShouldNotContain("i2");
        ids.ShouldNotContain("i3");
        ids.Length.ShouldBe(cluster.Catalog.Snapshot().Count(i => i.Available) - 3);
    }

    private Task<RecommendationResponse> RecommendAsync(string user, TimeSpan? timeout = null) =>
        cluster.User(user).Recommend(new RecommendationRequest { Timeout = timeout ?? TimeSpan.FromSeconds(5) }, TestContext.Current.CancellationToken);
}
