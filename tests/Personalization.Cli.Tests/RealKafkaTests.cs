using System.IO.Compression;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
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

    private static async Task<long> RowAsync(string history) => (await BootstrapState.LoadAsync(history + ".bootstrap.json"))?.Row ?? 0;

    private static ChildProcess Cli(params string[] arguments) => ChildProcess.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "Personalization.Cli.dll"), .. arguments]);

    private ChildProcess Run(params string[] arguments) => Cli([.. arguments, "--bootstrap-servers", _kafka!.BootstrapServers]);
}
