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

    [Fact]
    public async Task A_challenge_survives_the_grain_and_ends_when_its_model_is_chosen()
    {
        var grain = cluster.Client.GetGrain<IModelGrain>(1);
        var challenge = new ModelChallenge(new ModelRef("online-retail", "3"), 0.2);
        await grain.SetChallenge(challenge);

        await cluster.Cluster.DeactivateAsync(grain);

        (await grain.GetChallenge()).ShouldBe(challenge);
        await grain.SetDesired(challenge.Model);
        (await grain.GetChallenge()).ShouldBeNull();
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await grain.SetChallenge(challenge with { Share = 1.1 }));
    }
}
