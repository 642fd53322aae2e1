using Personalization.Cluster.Tests.Fixture;
using Personalization.Events;
using Personalization.Users;

namespace Personalization.Cluster.Tests.Users;

[Collection(ClusterCollection.Name)]
public sealed class ProfileTests(ClusterFixture cluster)
{
    [Fact]
    public async Task A_profile_is_drawn_from_the_state_it_names()
    {
        var user = cluster.NewUser();
        var buy = ClusterFixture.Event(user, "i6", cluster.Shop.GetUtcNow().AddDays(-1), EventType.Purchase) with { Quantity = 2, Price = 3m };
        var batch = cluster.Batch(buy);
        await cluster.User(user).Append(batch);

        var profile = await cluster.User(user).GetProfile(new UserQuery { MinVersion = ClusterFixture.TokenOf(batch) });

        profile.Version.ShouldBe(ClusterFixture.TokenOf(batch));
        profile.Counts.ShouldBe(new Dictionary<string, long> { ["purchase"] = 1 });
        profile.Spend.ShouldBe(6m);
        profile.TopCategories.Single().Name.ShouldBe("red");
        (await cluster.User(cluster.NewUser()).GetProfile(new UserQuery())).Version.ShouldBeNull();
    }
}
