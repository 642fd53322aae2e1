using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Personalization.Replay;
using Personalization.Testing;

namespace Personalization.Benchmarks;

/// <summary>The servers that everything in one run shares.</summary>
internal sealed class Rig : IAsyncDisposable
{
    /// <summary>The topic that is there from the start.</summary>
    public const string Topic = "clickstream";

    private const int Partitions = 8;
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromMinutes(10);
    private int _databases;

    private Rig(KafkaServer kafka, PostgresServer postgres) => (Kafka, Postgres) = (kafka, postgres);

    /// <summary>The broker.</summary>
    public KafkaServer Kafka { get; }

    /// <summary>The database server, fsync on.</summary>
    public PostgresServer Postgres { get; }

    /// <summary>Runs something with the servers, where they can be started.</summary>
    /// <param name="run">What is run; gives the exit code.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(Func<Rig, Task<int>> run)
    {
        if ((KafkaServer.MissingReason ?? PostgresServer.MissingReason) is { } missing)
        {
            await Console.Error.WriteLineAsync(missing);
            return 69;
        }

        await using var rig = await StartAsync();
        return await run(rig);
    }

    /// <summary>Starts the servers.</summary>
    /// <returns>The rig.</returns>
    public static async Task<Rig> StartAsync()
    {
        var kafka = await KafkaServer.StartAsync();
        PostgresServer? postgres = null;
        try
        {
            postgres = await PostgresServer.StartAsync();
            var rig = new Rig(kafka, postgres);
            await rig.NewTopicAsync(Topic);
            return rig;
        }
        catch
        {
            await kafka.DisposeAsync();
            if (postgres is not null)
            {
                await postgres.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>A meter of the processor time of silos and servers that has begun.</summary>
    /// <param name="silos">Process ids of the silos.</param>
    /// <returns>The meter.</returns>
    public CpuMeter Meter(IEnumerable<int> silos)
    {
        var meter = new CpuMeter();
        meter.Add("silos", [.. silos]);
        meter.Add("postgres", Postgres.ProcessId);
        meter.Add("kafka", Kafka.ProcessId);
        meter.Start();
        return meter;
    }

    /// <summary>Makes a topic with eight partitions.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Completes when it is there.</returns>
    public async Task NewTopicAsync(string name)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Kafka.BootstrapServers }).Build();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = name, NumPartitions = Partitions, ReplicationFactor = 1 }]);
    }

    /// <summary>Makes an empty database.</summary>
    /// <returns>Its connection string.</returns>
    public Task<string> NewDatabaseAsync() => Postgres.NewDatabaseAsync("run" + ++_databases);

    /// <summary>Waits until a consumer group has committed everything that is in a topic.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="group">The group.</param>
    /// <param name="log">Told the progress.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Completes when nothing is open.</returns>
    public async Task DrainAsync(string topic, string group, Action<string> log, CancellationToken cancellationToken)
    {
        using var progress = new ConsumerGroup(Kafka.BootstrapServers, group, await KafkaTopic.GetAsync(Kafka.BootstrapServers, topic, cancellationToken));
        await new StreamDrain(async token => await progress.LagAsync(token)).WaitAsync(
            DrainTimeout, new Progress<long>(lag => log($"{topic}: {lag:N0} events behind")), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Kafka.DisposeAsync();
        await Postgres.DisposeAsync();
    }
}
