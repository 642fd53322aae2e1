using System.Diagnostics;

namespace Personalization.Benchmarks.Faults;

/// <summary>Something that goes wrong while events flow.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What happens, in a sentence.</param>
/// <param name="RunAsync">Makes it happen, once or several times, and ends with the cluster whole again.</param>
internal sealed record Fault(string Name, string Description, Func<FaultCluster, CancellationToken, Task> RunAsync)
{
    /// <summary>The run that the others are compared with.</summary>
    public static Fault None { get; } = new("none", "Nothing goes wrong.", (_, _) => Task.CompletedTask);

    /// <summary>All faults.</summary>
    public static IReadOnlyList<Fault> All { get; } =
    [
        None,
        new("silo-kill", "Three silos are killed (kill -9), at different moments; each is replaced.", async (cluster, token) =>
        {
            foreach (var pause in (int[])[3, 11, 7])
            {
                await Task.Delay(TimeSpan.FromSeconds(pause), token);
                await cluster.KillSiloAsync();
                await cluster.AddSiloAsync();
            }
        }),
        new("broker-kill", "The Kafka broker is killed (kill -9) and started again after 5 s.", async (cluster, token) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(8), token);
            await cluster.Rig.Kafka.KillAsync();
            await Task.Delay(TimeSpan.FromSeconds(5), token);
            await cluster.Rig.Kafka.StartAgainAsync();
        }),
        new("database-stop", "PostgreSQL is stopped as in a crash (immediate) for 20 s.", async (cluster, token) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(8), token);
            var stopped = Stopwatch.GetTimestamp();
            await cluster.Rig.Postgres.StopAsync();
            await Task.Delay(TimeSpan.FromSeconds(20), token);
            await cluster.Rig.Postgres.StartAgainAsync();
            cluster.Notes.Add($"PostgreSQL answered nobody for {Stopwatch.GetElapsedTime(stopped).TotalSeconds:0.0} s, its own recovery included");
        }),
        new("network-stall", "One silo hears nothing from the others for 10 s, then for 40 s: longer than it takes to be declared dead.", async (cluster, token) =>
        {
            foreach (var seconds in (int[])[10, 40])
            {
                await Task.Delay(TimeSpan.FromSeconds(8), token);
                cluster.Stall(true);
                await Task.Delay(TimeSpan.FromSeconds(seconds), token);
                cluster.Stall(false);
            }
        }),
        new("rebalance-storm", "A silo joins or leaves every 5 s, eight times.", async (cluster, token) =>
        {
            for (var i = 0; i < 4; i++)
            {
                await Task.Delay(TimeSpan.FromSeconds(5), token);
                await cluster.AddSiloAsync();
                await Task.Delay(TimeSpan.FromSeconds(5), token);
                await cluster.StopSiloAsync();
            }
        }),
    ];
}
