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
    public async Task A_silo_that_does_not_exist_is_an_error_and_never_another_silos_answer() =>
        await Should.ThrowAsync<Exception>(async () => await cluster.Client.GetGrain<ISiloGrain>("127.0.0.1:65000@1").GetStatus());
}
