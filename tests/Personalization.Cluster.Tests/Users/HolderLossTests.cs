using Personalization.Cluster.Tests.Fixture;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.Cluster.Tests.Users;

/// <summary>Kills a silo, so it has a cluster of its own.</summary>
public sealed class HolderLossTests(RestingFixture cluster) : IClassFixture<RestingFixture>
{
    [Fact]
    public async Task A_user_whom_a_dead_silo_held_is_appended_to_without_a_grain()
    {
        var user = cluster.NewUser();
        await cluster.UserOn(1, user).Append(cluster.Batch(user, "i1"));
        await cluster.Cluster.KillSiloAsync(cluster.Cluster.Silos[1]);
        await cluster.Cluster.WaitForLivenessToStabilizeAsync();
        var receipt = new RecordingReceipt();

        cluster.Stream(0).TryAppend(user, cluster.Batch(user, "i2") with { Receipt = receipt }).ShouldBeTrue();

        await Wait.UntilAsync(() => receipt.Heard == "applied durable:1", "the click is durable");
        cluster.SiloOf(user).ShouldBeNull();
        (await cluster.StateOfAsync(user)).Sequence.Count.ShouldBe(2);
    }
}
