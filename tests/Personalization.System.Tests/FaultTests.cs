using System.Text.Json.Nodes;
using Personalization.Replay;
using Personalization.Testing;

namespace Personalization.SystemTests;

/// <summary>What breaks while a stream runs, and the command line tool that makes the stream, compares every shopper and measures, as real processes.</summary>
[Collection(OwnCluster.Collection)]
public sealed class FaultTests(ClusterProcesses servers, ITestOutputHelper output)
{
    private const int Events = 40_000;
    private const int HeldBack = 3_000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly string[] Stream = ["--users", "2000", "--retries", "0.03", "--late", "0.05", "--start", "2026-01-31T08:00:00Z", "--span", "12h"];

    [Fact]
    public async Task A_database_that_stops_and_a_silo_that_is_killed_lose_nothing_and_nothing_counts_twice()
    {
        await servers.RequireAsync();
        using var directory = new TemporaryDirectory();
        await using var postgres = await PostgresServer.StartAsync();
        var launcher = await servers.NewClusterAsync(postgres);
        await using var first = await StartSiloAsync(launcher, "first");
        await using var second = await StartSiloAsync(launcher, "second");
        var url = UrlOf(FreePort.Next());
        await using var gateway = launcher.StartGateway(url.Port);
        await gateway.WaitUntilReadyAsync(url, Patience);
        using var progress = new ConsumerGroup(servers.BootstrapServers, launcher.Group, await KafkaTopic.GetAsync(servers.BootstrapServers, launcher.Group));

        await using var generate = Cli(["generate", "--events", $"{Events}", "--rate", "1500", .. Stream, .. Kafka(launcher)]);
        await Wait.UntilAsync(async () => (await progress.CommittedAsync()).Sum() > 5_000, Patience, "a running stream");
        await postgres.StopAsync();
        var durable = (await progress.CommittedAsync()).Sum();
        await Wait.UntilAsync(async () => await progress.LagAsync() > HeldBack, Patience, "events that wait for the database");
        await postgres.StartAgainAsync();
        await Wait.UntilAsync(async () => (await progress.CommittedAsync()).Sum() > durable + HeldBack, Patience, "events that are durable again");
        first.Signal("KILL");
        await using var third = await StartSiloAsync(launcher, "third");
        await generate.WaitForExitAsync(Patience);
        generate.ExitCode.ShouldBe(0, generate.Output);

        string[] verify = ["verify", "--synthetic", "--url", url.ToString(), "--wait", "4m", "--group", launcher.Group, .. Stream, .. Kafka(launcher)];
        var equal = await RunAsync(0, [.. verify, "--events", $"{Events}"]);
        output.WriteLine(equal);
        equal.ShouldContain("all equal");

        // A stream of one event more has other times.
        (await RunAsync(1, [.. verify, "--events", $"{Events + 1}"])).ShouldContain("differ");

        var report = Path.Combine(directory.Path, "load.json");
        var catalogue = Path.Combine(Repository.Root, "models", "data", "online-retail", OnlineRetailDataset.ItemsFile);
        var measured = await RunAsync(0, ["load", "--scenario", "click", "--url", url.ToString(), "--trials", "100", "--rate", "20", "--items-file", catalogue, "--json", report]);
        output.WriteLine(measured);
        measured.ShouldContain("p99.9");
        var json = JsonNode.Parse(await File.ReadAllTextAsync(report, TestContext.Current.CancellationToken))!["report"]!;
        ((int)json["trials"]!).ShouldBe(100);
        ((int)json["stale"]!).ShouldBe(0);
        ((double)json["latencies"]![0]!["p99"]!).ShouldBeGreaterThan(0);
    }

    private static async Task<ChildProcess> StartSiloAsync(ClusterLauncher launcher, string name)
    {
        var ports = FreePort.Take(3);
        var silo = launcher.StartSilo(name, ports);
        await silo.WaitUntilReadyAsync(UrlOf(ports[2]), Patience);
        return silo;
    }

    private string[] Kafka(ClusterLauncher launcher) => ["--bootstrap-servers", servers.BootstrapServers, "--topic", launcher.Group];

    private static async Task<string> RunAsync(int exitCode, string[] arguments)
    {
        await using var process = Cli(arguments);
        await process.WaitForExitAsync(Patience);
        process.ExitCode.ShouldBe(exitCode, process.Output);
        return process.Output;
    }

    private static ChildProcess Cli(string[] arguments) => ChildProcess.Start("dotnet", [Repository.Program("client/Personalization.Cli"), .. arguments]);

    private static Uri UrlOf(int port) => new($"http://127.0.0.1:{port}/");
}
