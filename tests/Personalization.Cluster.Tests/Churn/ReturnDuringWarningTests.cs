using Personalization.Churn;
using Personalization.Cluster.Tests.Fixture;
using Personalization.Events;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.Cluster.Tests.Churn;

[Collection(ClusterCollection.Name)]
public sealed class ReturnDuringWarningTests(ClusterFixture cluster)
{
    [Fact]
    public async Task Who_came_back_while_the_warning_could_not_be_published_is_looked_at_again()
    {
        var user = cluster.NewUser();
        cluster.Sink.Break(user);
        await cluster.User(user).Append(cluster.Batch(ClusterFixture.Event(user, "i1", cluster.Shop.GetUtcNow().AddDays(-200), EventType.Purchase)));
        await Wait.UntilAsync(() => cluster.Rows.StateOf(user).Churn.Unpublished is not null, "the warning is stored");
        await cluster.User(user).Append(cluster.Batch(ClusterFixture.Event(user, "status:NoModel", cluster.Shop.GetUtcNow())));
        await cluster.Cluster.DeactivateAsync(cluster.User(user));
        cluster.Sink.Repair(user);

        await cluster.Client.GetGrain<IChurnSweeperGrain>(ChurnBuckets.Of(user)).Sweep();

        cluster.Sink.Of(user).ShouldHaveSingleItem();
        cluster.Rows.StateOf(user).Churn.Unpublished.ShouldBeNull();
        cluster.Rows.NextCheckOf(user).ShouldNotBeNull().ShouldBeLessThanOrEqualTo(cluster.Shop.GetUtcNow());
    }

    [Fact]
    public async Task Churn_asked_with_a_version_says_whether_it_was_reached()
    {
        var user = cluster.NewUser();
        var batch = cluster.Batch(user, "i1");
        await cluster.User(user).Append(batch);

        (await GetAsync(ClusterFixture.TokenOf(batch), TimeSpan.FromSeconds(5))).Stale.ShouldBeFalse();
        var stale = await GetAsync("t1.0.999999999", TimeSpan.FromMilliseconds(150));

        stale.Stale.ShouldBeTrue();
        stale.Version.ShouldBe(ClusterFixture.TokenOf(batch));

        Task<ChurnStatus> GetAsync(string version, TimeSpan timeout) =>
            cluster.User(user).GetChurn(new UserQuery { MinVersion = version, Timeout = timeout }, TestContext.Current.CancellationToken);
    }
}
