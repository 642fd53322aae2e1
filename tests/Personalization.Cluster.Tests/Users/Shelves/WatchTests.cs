using Personalization.Cluster.Tests.Fixture;
using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Cluster.Tests.Users;

[Collection(ClusterCollection.Name)]
public sealed class WatchTests(ClusterFixture cluster)
{
    [Fact]
    public async Task A_watcher_is_sent_the_new_shelf_after_an_event_and_nothing_after_it_left()
    {
        var user = cluster.NewUser();
        var watcher = new Watcher();
        var reference = cluster.Client.CreateObjectReference<IUserWatcher>(watcher);
        await cluster.User(user).Watch(reference, new RecommendationRequest { Count = 3, Timeout = TimeSpan.FromSeconds(5) });

        var batch = cluster.Batch(user, "i20");
        await cluster.User(user).Append(batch);

        var shelf = await watcher.Shelves.Reader.ReadAsync(TestContext.Current.CancellationToken);
        shelf.Version.ShouldBe(ClusterFixture.TokenOf(batch));
        shelf.Items.Select(i => i.ItemId).ShouldBe(["i21", "i22", "i23"], ignoreOrder: true);

        await cluster.User(user).Unwatch(reference);
        var other = new Watcher();
        await cluster.User(user).Watch(cluster.Client.CreateObjectReference<IUserWatcher>(other), new RecommendationRequest { Count = 3, Timeout = TimeSpan.FromSeconds(5) });
        await cluster.User(user).Append(cluster.Batch(user, "i30"));
        await other.Shelves.Reader.ReadAsync(TestContext.Current.CancellationToken);
        watcher.Shelves.Reader.TryRead(out _).ShouldBeFalse();
    }
}
