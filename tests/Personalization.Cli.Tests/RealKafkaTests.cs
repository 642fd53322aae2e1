using System.IO.Compression;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Personalization.Cli.Commands;
using Personalization.Events;
using Personalization.Replay;
using Personalization.Testing;

namespace Personalization.Cli.Tests;

/// <summary>The program as a process, against a real broker.</summary>
public sealed class RealKafkaTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly TemporaryDirectory _directory = new();
    private KafkaServer? _kafka;

    public async ValueTask InitializeAsync()
    {
        if (KafkaServer.MissingReason is not null)
        {
            return;
        }

        _kafka = await KafkaServer.StartAsync();
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = _kafka.BootstrapServers }).Build();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = Topics.Clickstream, NumPartitions = 4, ReplicationFactor = 1 }]);
    }

    public async ValueTask DisposeAsync()
    {
        if (_kafka is not null)
        {
            await _kafka.DisposeAsync();
        }

        _directory.Dispose();
    }

    [Fact]
    public async Task A_load_that_is_killed_and_then_stopped_ends_with_every_row_once()
    {
        Assert.SkipWhen(KafkaServer.MissingReason is not null, KafkaServer.MissingReason ?? string.Empty);
        const int rows = 30_000;
        var history = Path.Combine(_directory.Path, "history.csv");
        await File.WriteAllLinesAsync(history, ["userId,itemId,type,timestamp", .. Enumerable.Range(1, rows).Select(row => $"u{row % 5},i{row},view,2025-01-01T00:00:00Z")]);

        await using (var killed = Run("bootstrap", history, "--rate", "4000"))
        {
            await Wait.UntilAsync(async () => await RowAsync(history) > 0, Patience, $"a checkpoint; output:\n{killed.Output}");
            killed.Signal("KILL");
            await killed.WaitForExitAsync(Patience);
        }

        var afterKill = await RowAsync(history);
        await using (var stopped = Run("bootstrap", history, "--rate", "4000"))
        {
            await Wait.UntilAsync(async () => await RowAsync(history) > afterKill, Patience, $"another checkpoint; output:\n{stopped.Output}");
            // Not INT: whoever runs the tests in the background may have had it ignored for all that they start.
            stopped.Signal("TERM");
            await stopped.WaitForExitAsync(Patience);
            stopped.ExitCode.ShouldBe(ExitCodes.Cancelled, stopped.Output);
        }

        await using (var last = Run("bootstrap", history))
        {
            await last.WaitForExitAsync(Patience);
            last.ExitCode.ShouldBe(ExitCodes.Ok, last.Output);
        }

        var topic = await KafkaTopic.GetAsync(_kafka!.BootstrapServers, Topics.Clickstream);
        using var target = new KafkaBootstrapTarget(_kafka.BootstrapServers, topic);
        (await target.EndsAsync(CancellationToken.None)).Sum().ShouldBe(rows);
        (await target.EventIdsAsync(new long[4], CancellationToken.None)).Count.ShouldBe(rows);
    }

    [Fact]
    public async Task Generate_ends_when_Kafka_has_every_message()
    {
        Assert.SkipWhen(KafkaServer.MissingReason is not null, KafkaServer.MissingReason ?? string.Empty);
        string[] options = ["--events", "20000", "--users", "500", "--retries", "0.1", "--late", "0.1", "--start", "2026-01-31T08:00:00Z"];
        await using var generate = Run(["generate", .. options]);
        await generate.WaitForExitAsync(Patience);
        generate.ExitCode.ShouldBe(ExitCodes.Ok, generate.Output);

        var workload = new SyntheticWorkload(new WorkloadOptions { Events = 20_000, Users = 500, RetryShare = 0.1, LateShare = 0.1, Start = new DateTimeOffset(2026, 1, 31, 8, 0, 0, TimeSpan.Zero) });
        var topic = await KafkaTopic.GetAsync(_kafka!.BootstrapServers, Topics.Clickstream);
        using var target = new KafkaBootstrapTarget(_kafka.BootstrapServers, topic);
        (await target.EndsAsync(CancellationToken.None)).Sum().ShouldBe(workload.Count());
        (await target.EventIdsAsync(new long[4], CancellationToken.None)).Count.ShouldBe(20_000);
    }

    [Fact]
    public async Task Export_writes_every_message_of_all_partitions_and_trouble_leaves_no_file()
    {
        Assert.SkipWhen(KafkaServer.MissingReason is not null, KafkaServer.MissingReason ?? string.Empty);
        await using var generate = Run("generate", "--events", "20000", "--users", "500", "--start", "2026-01-31T08:00:00Z");
        await generate.WaitForExitAsync(Patience);
        var file = Path.Combine(_directory.Path, "events.jsonl.gz");
        await using var export = Run("export", file);
        await export.WaitForExitAsync(Patience);
        export.ExitCode.ShouldBe(ExitCodes.Ok, export.Output);

        await using var packed = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        using var reader = new StreamReader(packed);
        var ids = (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!["eventId"]!.GetValue<string>()).ToArray();
        ids.Length.ShouldBe(20_000);
        ids.Distinct().Count().ShouldBe(20_000);
        Directory.GetFiles(_directory.Path).ShouldBe([file]);

        var other = Path.Combine(_directory.Path, "other.jsonl");
        await using var wrong = Run("export", other, "--topic", "nowhere");
        await wrong.WaitForExitAsync(Patience);
        wrong.ExitCode.ShouldBe(ExitCodes.Unavailable);
        File.Exists(other).ShouldBeFalse();
    }

    /// <summary>No record follows the mark that ends a transaction: a reader that waits for one waits for ever.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_partition_that_ends_with_the_mark_of_a_transaction_is_read_to_its_end(bool committed)
    {
        Assert.SkipWhen(KafkaServer.MissingReason is not null, KafkaServer.MissingReason ?? string.Empty);
        using var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = _kafka!.BootstrapServers, TransactionalId = "shop" }).Build();
        producer.InitTransactions(Patience);
        producer.BeginTransaction();
        foreach (var partition in new[] { 0, 1 })
        {
            producer.Produce(new TopicPartition(Topics.Clickstream, partition), new Message<string, string> { Key = "u", Value = "{}" });
        }

        producer.Flush(Patience);
        if (committed)
        {
            producer.CommitTransaction(Patience);
        }
        else
        {
            producer.AbortTransaction(Patience);
        }

        var read = await ReadAsync(await KafkaTopic.GetAsync(_kafka.BootstrapServers, Topics.Clickstream), new KafkaConnection(_kafka.BootstrapServers), patience: null).WaitAsync(Patience);

        read.ShouldBe(committed ? 2 : 0);
    }

    /// <summary>The client goes on looking for the broker, so nothing but time says that it is gone: the command had hung for good.</summary>
    [Fact]
    public async Task A_broker_that_goes_while_it_is_read_ends_the_reading_with_what_to_look_at()
    {
        Assert.SkipWhen(KafkaServer.MissingReason is not null, KafkaServer.MissingReason ?? string.Empty);
        const int records = 2_000;
        var topic = new KafkaTopic(Topics.Clickstream, string.Empty, 1);
        using (var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = _kafka!.BootstrapServers }).Build())
        {
            for (var record = 0; record < records; record++)
            {
                producer.Produce(new TopicPartition(topic.Name, 0), new Message<Null, string> { Value = new string('x', 1_000) });
            }

            producer.Flush(Patience);
        }

        // Little is fetched ahead, so there is something left to wait for.
        var kafka = new KafkaConnection(_kafka.BootstrapServers, new Dictionary<string, string> { ["queued.min.messages"] = "1", ["queued.max.messages.kbytes"] = "1", ["max.partition.fetch.bytes"] = "10000" });
        var failure = await Should.ThrowAsync<KafkaUnavailableException>(() => ReadAsync(topic, kafka, TimeSpan.FromSeconds(3), first: _kafka.KillAsync).WaitAsync(Patience));

        failure.Message.ShouldContain($"Kafka at {kafka.BootstrapServers} has given nothing of 'clickstream' for 3 s");
        failure.Message.ShouldContain($"of {records:N0}. See whether its brokers run");
        Common.Explain(failure)!.Value.Code.ShouldBe(ExitCodes.Unavailable);
    }

    [Fact]
    public async Task A_topic_that_is_not_there_is_said_at_once()
    {
        Assert.SkipWhen(KafkaServer.MissingReason is not null, KafkaServer.MissingReason ?? string.Empty);
        await using var generate = Run("generate", "--events", "1", "--topic", "nowhere");

        await generate.WaitForExitAsync(Patience);

        generate.ExitCode.ShouldBe(ExitCodes.Unavailable);
        generate.Output.ShouldContain("has no topic 'nowhere'");
    }

    /// <summary>The settings are needed by every client: the admin client that asks for the topic, the producer, and the consumer that exports.</summary>
    [Fact]
    public async Task A_broker_with_TLS_that_asks_who_is_there_is_told_by_a_file_of_settings()
    {
        Assert.SkipWhen(KafkaServer.MissingReason is not null, KafkaServer.MissingReason ?? string.Empty);
        var settings = Path.Combine(_directory.Path, "kafka.conf");
        await File.WriteAllLinesAsync(
            settings, ["# As kcat -F takes it", $"bootstrap.servers={_kafka!.SecureServers}", .. _kafka.SecureSettings.Select(setting => $"{setting.Key}={setting.Value}")]);
        var file = Path.Combine(_directory.Path, "events.jsonl");
        await using var generate = Cli("generate", "--events", "500", "--kafka-config", settings);
        await generate.WaitForExitAsync(Patience);
        generate.ExitCode.ShouldBe(ExitCodes.Ok, generate.Output);
        await using var export = Cli("export", file, "--kafka-config", settings);
        await export.WaitForExitAsync(Patience);
        export.ExitCode.ShouldBe(ExitCodes.Ok, export.Output);
        (await File.ReadAllLinesAsync(file)).Length.ShouldBe(500);

        await using var stranger = Cli("export", file, "--kafka-config", settings, "--kafka", "sasl.password=guess");
        await stranger.WaitForExitAsync(Patience);
        stranger.ExitCode.ShouldBe(ExitCodes.Unavailable);
        stranger.Output.ShouldContain("Authentication failed");

        await using var trusting = Cli("export", file, "--kafka-config", settings, "--kafka", $"ssl.ca.location={ServerCertificate.Create(_directory.Path).Authority}");
        await trusting.WaitForExitAsync(Patience);
        trusting.ExitCode.ShouldBe(ExitCodes.Unavailable);
        trusting.Output.ShouldContain("certificate");
    }

    private static Task<int> ReadAsync(KafkaTopic topic, KafkaConnection kafka, TimeSpan? patience, Func<Task>? first = null) => Task.Run(async () =>
    {
        using var reader = new KafkaTopicReader(kafka, topic, patience);
        var read = 0;
        foreach (var _ in reader.Read([], TestContext.Current.CancellationToken))
        {
            if (read++ == 0 && first is not null)
            {
                await first();
            }
        }

        return read;
    });

    private static async Task<long> RowAsync(string history) => (await BootstrapState.LoadAsync(history + ".bootstrap.json"))?.Row ?? 0;

    private static ChildProcess Cli(params string[] arguments) => ChildProcess.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "Personalization.Cli.dll"), .. arguments]);

    private ChildProcess Run(params string[] arguments) => Cli([.. arguments, "--bootstrap-servers", _kafka!.BootstrapServers]);
}
