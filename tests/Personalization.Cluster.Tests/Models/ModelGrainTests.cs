using Personalization.Cluster.Tests.Fixture;
using Personalization.Models;

namespace Personalization.Cluster.Tests.Models;

[Collection(ClusterCollection.Name)]
public sealed class ModelGrainTests(ClusterFixture cluster)
{
    [Fact]
    public async Task The_operators_choice_survives_the_grain()
    {
        var grain = cluster.Client.GetGrain<IModelGrain>(0);
        (await grain.GetDesired()).ShouldBeNull();
        await grain.SetDesired(new ModelRef("online-retail", "2"));

        await cluster.Cluster.DeactivateAsync(grain);

        (await grain.GetDesired()).ShouldBe(new ModelRef("online-retail", "2"));
    }
}
