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

        // What is left of the time may be too little for the model on a busy machine: whatever makes the shelf, it says that it is stale.
        shelf.Stale.ShouldBeTrue();
        shelf.Timings.Wait.ShouldBeInRange(100, 1000);
        shelf.Version.ShouldBe(before.Version);
        shelf.Items.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("rank")]
    [InlineData("profile")]
    [InlineData("history")]
    [InlineData("churn")]
    public async Task Every_read_waits_for_its_version_and_says_when_that_did_not_come(string read)
    {
        var user = cluster.NewUser();
        var (first, second) = (cluster.Batch(user, "i1"), cluster.Batch(user, "i2"));
        await cluster.User(user).Append(first);

        var old = await ReadAsync(read, user, "t1.0.999999999", TimeSpan.FromMilliseconds(100));
        var asked = ReadAsync(read, user, ClusterFixture.TokenOf(second), TimeSpan.FromSeconds(30));

        // The grain's next turn: the read has begun.
        await cluster.User(user).Unwatch(cluster.Client.CreateObjectReference<IUserWatcher>(new Watcher()));
        await cluster.User(user).Append(second);

        // Churn does not say it: its version does.
        old.ShouldBe((ClusterFixture.TokenOf(first), read == "churn" ? null : true));
        (await asked).ShouldBe((ClusterFixture.TokenOf(second), read == "churn" ? null : false));
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

    private async Task<(string? Version, bool? Stale)> ReadAsync(string read, string user, string minVersion, TimeSpan timeout)
    {
        var grain = cluster.User(user);
        var query = new UserQuery { MinVersion = minVersion, Timeout = timeout };
        switch (read)
        {
            case "rank":
                var order = await grain.Rank(new RankRequest { ItemIds = ["i3"], MinVersion = minVersion, Timeout = timeout }, TestContext.Current.CancellationToken);
                return (order.Version, order.Stale);
            case "profile":
                var profile = await grain.GetProfile(query);
                return (profile.Version, profile.Stale);
            case "history":
                var page = await grain.GetHistory(new HistoryQuery { MinVersion = minVersion, Timeout = timeout });
                return (page.Version, page.Stale);
            default:
                return ((await grain.GetChurn(query, TestContext.Current.CancellationToken)).Version, null);
        }
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
