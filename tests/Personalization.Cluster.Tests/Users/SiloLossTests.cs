using Personalization.Cluster.Tests.Fixture;
using Personalization.Events;

namespace Personalization.Cluster.Tests.Users;

/// <summary>Kills a silo, so it has a cluster of its own.</summary>
public sealed class SiloLossTests(ClusterFixture cluster) : IClassFixture<ClusterFixture>
{
    private const int Users = 60;
    private const int Batches = 8;

    [Fact]
    public async Task Batches_sent_until_they_are_acknowledged_are_each_applied_once_although_a_silo_dies()
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        giveUp.CancelAfter(TimeSpan.FromSeconds(90));
        var half = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var done = 0;
        var shoppers = Enumerable.Range(0, Users).Select(async _ =>
        {
            var user = cluster.NewUser();
            for (var n = 0; n < Batches; n++)
            {
                await SendAsync(user, cluster.Batch(user, $"i{n}", $"i{n + 20}"), giveUp.Token);
                if (Interlocked.Increment(ref done) == Users * Batches / 2)
                {
                    half.SetResult();
                }
            }

            return user;
        }).ToArray();

        await half.Task.WaitAsync(giveUp.Token);
        await cluster.Cluster.KillSiloAsync(cluster.Cluster.Silos[1]);
        var users = await Task.WhenAll(shoppers);

        foreach (var user in users)
        {
            var state = cluster.Rows.StateOf(user);
            state.Sequence.Select(e => e.ItemId).ShouldBe(Enumerable.Range(0, Batches).SelectMany(n => new[] { $"i{n}", $"i{n + 20}" }));
            state.Totals[EventType.View].ShouldBe(Batches * 2);
        }
    }

    // What ingestion does: the same batch again until it is acknowledged, and only then the next one.
    private async Task SendAsync(string user, EventBatch batch, CancellationToken cancellationToken)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            try
            {
                await cluster.User(user).Append(batch).WaitAsync(TimeSpan.FromSeconds(5), cancellationToken);
                return;
            }
            catch (Exception) when (!cancellationToken.IsCancellationRequested)
            {
                await pace.WaitForNextTickAsync(cancellationToken);
            }
        }
    }
}
