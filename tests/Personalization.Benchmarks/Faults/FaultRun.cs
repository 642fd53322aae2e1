using System.Diagnostics;
using Personalization.Client;
using Personalization.Events;
using Personalization.Replay;
using Personalization.Testing;

namespace Personalization.Benchmarks.Faults;

/// <summary>One fault under load, and the proof that every user's history is what it must be.</summary>
internal sealed class FaultRun(Rig rig, FaultsOptions options, Action<string> log)
{
    /// <summary>Runs it.</summary>
    /// <param name="fault">What goes wrong.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether nothing was lost and nothing counted twice.</returns>
    public async Task<bool> RunAsync(Fault fault, CancellationToken cancellationToken)
    {
        var id = $"{fault.Name}-{Guid.NewGuid().ToString("N")[..6]}";
        await rig.NewTopicAsync(id);
        var launcher = new ClusterLauncher(rig.Kafka.BootstrapServers, await rig.NewDatabaseAsync(), id, id);
        await using var cluster = await FaultCluster.StartAsync(rig, launcher, options.Silos);
        var workload = new SyntheticWorkload(new WorkloadOptions
        {
            Events = options.Events,
            Users = options.Users,
            Start = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()).AddDays(-1),
            RetryShare = 0.03,
            LateShare = 0.05,
            Name = id,
        });
        var cpu = rig.Meter(cluster.SiloIds);
        var started = Stopwatch.GetTimestamp();
        using var probing = new CancellationTokenSource();
        var prober = new Prober(cluster.Url, workload.UserId, options.Users);
        var probes = prober.RunAsync(probing.Token);
        var sending = SendAsync(workload, id, cancellationToken);
        await fault.RunAsync(cluster, cancellationToken);
        var expected = await sending;
        var sent = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await rig.DrainAsync(id, launcher.Group, log, cancellationToken);
        var drained = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var costs = cpu.PerEvent(expected.Events);
        await probing.CancelAsync();
        await probes;

        using var http = new HttpClient { BaseAddress = cluster.Url, Timeout = TimeSpan.FromSeconds(30) };
        var paths = await AppendPaths.ReadAsync(http, cluster.SiloUrls, cancellationToken);
        log($"{fault.Name}: comparing {expected.Users.Count:N0} users");
        var result = await new StateVerifier(new HttpPersonalizationClient(http)).RunAsync(expected, cancellationToken: cancellationToken);
        Console.WriteLine(
            $"\r{fault.Name,-16} {result.Events,10:N0} messages ({result.Duplicates:N0} of them repeated), {result.Users:N0} users, {result.DifferentUsers} differ; sent in {sent:0} s, durable after {drained:0} s; "
            + $"{prober.Asked:N0} shelves asked for meanwhile, {prober.Failed:N0} not answered, longest outage {prober.LongestOutage:0.0} s");
        if (fault == Fault.None)
        {
            Console.WriteLine($"  {options.Silos} silo(s), processor µs a message: {CpuMeter.Text(costs)}; batches {paths}");
        }

        foreach (var line in cluster.Notes.Concat(result.Differences))
        {
            Console.WriteLine("  " + line);
        }

        if (result.DifferentUsers > 0)
        {
            Console.WriteLine(cluster.Output);
        }

        return result.DifferentUsers == 0;
    }

    private async Task<ExpectedState> SendAsync(SyntheticWorkload workload, string topic, CancellationToken cancellationToken)
    {
        var expected = new ExpectedState();
        using var sink = new KafkaEventSink(new KafkaConnection(rig.Kafka.BootstrapServers, new Dictionary<string, string> { ["message.timeout.ms"] = "300000" }), topic);
        var replayer = new Replayer(sink, options.Rate > 0 ? options.Rate : double.PositiveInfinity);
        await replayer.RunAsync(Observed(), new Progress<ReplayProgress>(progress => log($"{topic}: {progress.Sent:N0} sent")), cancellationToken);
        await sink.FlushAsync(cancellationToken);
        return expected;

        IEnumerable<BehaviorEvent> Observed()
        {
            foreach (var item in workload)
            {
                expected.Add(item);
                yield return item;
            }
        }
    }
}
