using Personalization.Cluster.Tests.Fixture;
using Personalization.Operations;

namespace Personalization.Cluster.Tests.Operations;

[Collection(ClusterCollection.Name)]
public sealed class ClusterGrainTests(ClusterFixture cluster)
{
    [Fact]
    public async Task The_status_lists_every_silo_each_speaking_for_itself()
    {
        var status = await cluster.Client.GetGrain<IClusterGrain>(0).GetStatus();

        status.Silos.Select(s => s.Address).ShouldBe(cluster.Cluster.Silos.Select(s => s.SiloAddress.ToParsableString()), ignoreOrder: true);
        status.Silent.ShouldBe(0);
        status.ShopTime.ShouldBe(cluster.Shop.GetUtcNow(), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Pings_of_several_keys_are_answered_by_several_silos()
    {
        var answered = new HashSet<SiloAddress>();
        for (var key = 0; key < 8; key++)
        {
            answered.Add(await cluster.Client.GetGrain<IClusterGrain>(key).Ping(TestContext.Current.CancellationToken));
        }

        answered.ShouldBe(cluster.Cluster.Silos.Select(s => s.SiloAddress), ignoreOrder: true);
    }

    [Fact]
    public async Task A_silo_that_does_not_exist_is_an_error_and_never_another_silos_answer() =>
        await Should.ThrowAsync<Exception>(async () => await cluster.Client.GetGrain<ISiloGrain>("127.0.0.1:65000@1").GetStatus());
}
