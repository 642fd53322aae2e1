using Personalization.Cluster.Tests.Fixture;
using Personalization.Events;
using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Cluster.Tests.Users;

[Collection(ClusterCollection.Name)]
public sealed class ReadYourClickTests(ClusterFixture cluster)
{
    [Fact]
    public async Task A_recommendation_asked_with_a_version_is_never_older_and_never_stale()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 300).Select(n => ShopAsync(n)));

        outcomes.Sum(o => o.Stale).ShouldBe(0);
        outcomes.Sum(o => o.Old).ShouldBe(0);
        outcomes.Sum(o => o.Answers).ShouldBe(300 * 5);
    }

    [Fact]
    public async Task A_version_that_does_not_come_gives_what_there_is_marked_stale_within_the_deadline()
    {
        var user = cluster.NewUser();
        await cluster.User(user).Append(cluster.Batch(user, "i1"));
        var before = await cluster.User(user).Recommend(new RecommendationRequest { Timeout = TimeSpan.FromSeconds(5) }, TestContext.Current.CancellationToken);

        var shelf = await cluster.User(user).Recommend(
            new RecommendationRequest { MinVersion = "t1.0.999999999", Timeout = TimeSpan.FromMilliseconds(150) },
            TestContext.Current.CancellationToken);

        shelf.Stale.ShouldBeTrue();
        shelf.Source.ShouldBe(RecommendationSource.Model);
        shelf.Timings.Wait.ShouldBeInRange(100, 1000);
        shelf.Version.ShouldBe(before.Version);
        shelf.Items.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_read_sees_an_event_before_it_is_durable_and_the_append_waits_for_durability()
    {
        var user = cluster.NewUser();
        var batch = cluster.Batch(user, "i7");
        cluster.Rows.Hold(user);
        var append = cluster.User(user).Append(batch);

        var page = await cluster.User(user).GetHistory(new HistoryQuery { MinVersion = ClusterFixture.TokenOf(batch), Timeout = TimeSpan.FromSeconds(5) });

        page.Events.Select(e => e.ItemId).ShouldBe(["i7"]);
        append.IsCompleted.ShouldBeFalse();
        cluster.Rows.Open(user);
        (await append).ShouldBe(new AppendResult(1, 0, 0));
    }

    private async Task<(int Answers, int Stale, int Old)> ShopAsync(int seed)
    {
        var user = cluster.NewUser();
        var grain = cluster.User(user);
        int answers = 0, stale = 0, old = 0;
        for (var click = 0; click < 5; click++)
        {
            var item = $"i{(seed + (click * 7)) % 50}";
            var batch = cluster.Batch(ClusterFixture.Event(user, item, ClusterFixture.Start.AddMinutes(-100 + click)));
            var request = new RecommendationRequest { Count = 3, MinVersion = ClusterFixture.TokenOf(batch), Timeout = TimeSpan.FromSeconds(10) };

            // Ask first, append while the question waits: the answer must know the click all the same.
            var asked = grain.Recommend(request, TestContext.Current.CancellationToken);
            await grain.Append(batch);
            var shelf = await asked;
            answers++;
            stale += shelf.Stale ? 1 : 0;
            old += shelf.Version == request.MinVersion && shelf.Source == RecommendationSource.Model && shelf.Model is not null ? 0 : 1;
        }

        return (answers, stale, old);
    }
}
