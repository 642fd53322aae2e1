using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Personalization.Benchmarks.Faults;
using Personalization.Benchmarks.Inference;
using Personalization.Client;
using Personalization.Events;
using Personalization.Replay;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.Benchmarks.Stream;

/// <summary>One steady stream through a cluster.</summary>
internal sealed class StreamBenchmark(Rig rig, StreamOptions options)
{
    private const int Samples = 60;

    /// <summary>Runs and prints.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether every bar is met.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var id = $"stream-{Guid.NewGuid().ToString("N")[..6]}";
        await rig.NewTopicAsync(id);
        var database = await rig.NewDatabaseAsync();
        var launcher = new ClusterLauncher(rig.Kafka.BootstrapServers, database, id, id);
        await using var cluster = await FaultCluster.StartAsync(rig, launcher, options.Silos);
        await FillAsync(id, launcher.Group, cancellationToken);
        var whole = options.WarmUp + options.Duration;
        var workload = new SyntheticWorkload(new WorkloadOptions
        {
            Events = (long)(options.Rate * whole.TotalSeconds),
            Users = options.Users,
            Start = TimeProvider.System.GetUtcNow() - whole,
            Span = whole,
            Name = id,
        });
        await using var rows = NpgsqlDataSource.Create(database);
        using var http = new HttpClient { BaseAddress = cluster.Url, Timeout = TimeSpan.FromSeconds(30) };
        using var producer = new PromptProducer(rig.Kafka.BootstrapServers, await KafkaTopic.GetAsync(rig.Kafka.BootstrapServers, id, cancellationToken));
        var probe = new ClickProbe(producer, new HttpPersonalizationClient(http), rows, workload.UserId, options.Users);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var memory = new MemoryLog(cluster.SiloIds);
        var cpu = rig.Meter(cluster.SiloIds);
        var measuring = MeasureAsync(probe, memory, stop.Token);
        var started = Stopwatch.GetTimestamp();
        var bot = options.Bot > 0 ? SendAsync(Bot(id + "-bot", whole), id, options.Bot, cancellationToken) : Task.CompletedTask;
        await SendAsync(workload, id, options.Rate, cancellationToken);
        await bot;
        var sent = options.Rate * whole.TotalSeconds / Stopwatch.GetElapsedTime(started).TotalSeconds;
        await stop.CancelAsync();
        await measuring;
        var paths = await AppendPaths.ReadAsync(http, cluster.SiloUrls, cancellationToken);
        Console.WriteLine($"processor µs an event: {CpuMeter.Text(cpu.PerEvent(workload.Options.Events + (long)(options.Bot * whole.TotalSeconds)))}; batches {paths}");
        return Report(probe, memory, sent) & await ReportRowsAsync(rows, cancellationToken);
    }

    private async Task FillAsync(string id, string group, CancellationToken cancellationToken)
    {
        if (options.History == 0)
        {
            return;
        }

        var past = new SyntheticWorkload(new WorkloadOptions
        {
            Events = (long)options.Users * options.History,
            Users = options.Users,
            UserSkew = 0,
            Start = TimeProvider.System.GetUtcNow() - options.WarmUp - options.Duration - TimeSpan.FromDays(2),
            Name = id,
            Seed = 2,
        });
        await SendAsync(past.Select(item => item with { EventId = "past-" + item.EventId }), id, double.PositiveInfinity, cancellationToken);
        await rig.DrainAsync(id, group, Terminal.Progress, cancellationToken);
    }

    private IEnumerable<BehaviorEvent> Bot(string user, TimeSpan whole)
    {
        var events = (long)(options.Bot * whole.TotalSeconds);
        for (long i = 0; i < events; i++)
        {
            yield return new BehaviorEvent
            {
                EventId = string.Create(CultureInfo.InvariantCulture, $"{user}-{i}"),
                UserId = user,
                ItemId = string.Create(CultureInfo.InvariantCulture, $"i{(i % 5_000) + 1}"),
                Type = EventType.View,
                Timestamp = TimeProvider.System.GetUtcNow(),
            };
        }
    }

    private async Task SendAsync(IEnumerable<BehaviorEvent> events, string topic, double rate, CancellationToken cancellationToken)
    {
        using var sink = new KafkaEventSink(rig.Kafka.BootstrapServers, topic);
        await new Replayer(sink, rate).RunAsync(
            events, new Progress<ReplayProgress>(progress => Terminal.Progress($"{progress.Sent:N0} sent")), cancellationToken);
        await sink.FlushAsync(cancellationToken);
    }

    private async Task MeasureAsync(ClickProbe probe, MemoryLog memory, CancellationToken cancellationToken)
    {
        var probing = probe.RunAsync(options.Probes, cancellationToken);
        await Task.Delay(options.WarmUp, cancellationToken);
        probe.Forget();
        await Task.WhenAll(memory.RunAsync(options.Duration / Samples, cancellationToken), probing);
    }

    private bool Report(ClickProbe probe, MemoryLog memory, double rate)
    {
        var (visible, durable) = (new Latencies(probe.Visible), new Latencies(probe.Durable));
        Console.WriteLine($"{rate:N0} events/s, {options.Users:N0} users, {options.Silos} silo(s), {options.Duration.TotalSeconds:0} s{(options.Bot > 0 ? $", beside a bot with {options.Bot:N0} events/s" : "")}, {Environment.ProcessorCount} cores");
        Console.WriteLine($"produced -> visible in the shelf   {visible}   p99 at most {options.MaxVisible:0} ms: {Met(visible.P(99) <= options.MaxVisible)}");
        Console.WriteLine($"produced -> durable in PostgreSQL  {durable}   p99 at most {options.MaxDurable:0} ms: {Met(durable.P(99) <= options.MaxDurable)}");
        Console.WriteLine($"clicks without an answer or stale: {probe.Failed}");
        var growth = memory.Growth;
        Console.WriteLine($"resident memory of the silos {memory.Last:0} MiB, {growth:+0.0;-0.0} MiB from the second quarter to the last: {(growth <= options.MostGrowth ? "flat" : "it grows")}");
        if (options.Graph is { } file)
        {
            memory.WriteGraph(file, $"Resident memory of the silos, {options.Rate:N0} events/s, {options.Users:N0} users");
        }

        return visible.P(99) <= options.MaxVisible && durable.P(99) <= options.MaxDurable && probe.Failed == 0 && growth <= options.MostGrowth;
    }

    private static async Task<bool> ReportRowsAsync(NpgsqlDataSource rows, CancellationToken cancellationToken)
    {
        const double PerUser = 120, PerEvent = 16;
        long users = 0, events = 0, bytes = 0;
        await using var command = rows.CreateCommand("SELECT payload FROM personalization_users");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var payload = reader.GetFieldValue<byte[]>(0);
            users++;
            bytes += payload.Length;
            events += UserStateCodec.Decode(payload, capacity: 10_000).Sequence.Count;
        }

        var each = (bytes - (PerUser * users)) / Math.Max(1, events);
        Console.WriteLine($"rows: {users:N0} users, {events:N0} events, {bytes / Math.Max(1.0, users):0} bytes a user; {each:0.0} bytes an event beside {PerUser} a user, at most {PerEvent}: {Met(each <= PerEvent)}");
        return each <= PerEvent;
    }

    private static string Met(bool met) => met ? "met" : "MISSED";
}
