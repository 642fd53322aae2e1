using Personalization.Client;
using Personalization.Replay;
using Personalization.SystemTests;
using Personalization.Testing;

[assembly: AssemblyFixture(typeof(ClusterProcesses))]

namespace Personalization.SystemTests;

/// <summary>A real cluster: Kafka, PostgreSQL, two silo processes and one gateway process. Started by the first test that asks for it.</summary>
public sealed class ClusterProcesses : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(90);
    private readonly Lazy<Task> _started;
    private readonly List<ChildProcess> _processes = [];
    private readonly string _id = "test-" + Guid.NewGuid().ToString("N")[..8];
    private KafkaServer? _kafka;
    private PostgresServer? _postgres;
    private HttpClient? _http;
    private ChildProcess? _gateway;

    public ClusterProcesses() => _started = new Lazy<Task>(StartAsync);

    /// <summary>The gateway.</summary>
    public HttpClient Http => _http ?? throw new InvalidOperationException("The cluster is not started.");

    /// <summary>Kafka.</summary>
    public string BootstrapServers => _kafka!.BootstrapServers;

    /// <summary>The last output of the gateway.</summary>
    public string GatewayOutput => _gateway?.Output ?? string.Empty;

    public HttpPersonalizationClient Client() => new(Http);

    /// <summary>Starts the cluster once; skips the test where Kafka or PostgreSQL is missing.</summary>
    /// <returns>Completes when everything is ready.</returns>
    public async Task RequireAsync()
    {
        var missing = KafkaServer.MissingReason ?? PostgresServer.MissingReason;
        Assert.SkipWhen(missing is not null, missing ?? string.Empty);
        await _started.Value;
    }

    /// <summary>Starts one more silo.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The process, once it is ready.</returns>
    public async Task<ChildProcess> StartSiloAsync(string name)
    {
        var ports = FreePort.Take(3);
        var environment = Environment(ports[2]);
        environment["Personalization__Cluster__SiloName"] = name;
        environment["Personalization__Cluster__SiloPort"] = ports[0].ToString();
        environment["Personalization__Cluster__GatewayPort"] = ports[1].ToString();
        var silo = ChildProcess.Start("dotnet", [Repository.Program("silo/Personalization.Silo"), "run"], environment);
        lock (_processes)
        {
            _processes.Add(silo);
        }

        await WaitUntilReadyAsync(silo, ports[2], name);
        return silo;
    }

    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        if (_kafka is not null)
        {
            await _kafka.DisposeAsync();
        }

        if (_postgres is not null)
        {
            await _postgres.DisposeAsync();
        }
    }

    private async Task StartAsync()
    {
        var kafka = KafkaServer.StartAsync();
        _postgres = await PostgresServer.StartAsync();
        _kafka = await kafka;
        await Task.WhenAll(StartSiloAsync("silo-1"), StartSiloAsync("silo-2"));
        var port = FreePort.Next();
        var gateway = ChildProcess.Start("dotnet", [Repository.Program("client/Personalization.Gateway")], Environment(port));
        _gateway = gateway;
        _processes.Add(gateway);
        await WaitUntilReadyAsync(gateway, port, "gateway");
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/"), Timeout = TimeSpan.FromSeconds(30) };
        await FillCatalogueAsync();
        await Wait.UntilAsync(
            async () => (await Client().GetClusterAsync()).Silos is { Length: 2 } silos && silos.All(silo => silo.ConsumerLag >= 0),
            StartTimeout,
            "both silos to have partitions of the stream");
    }

    private async Task FillCatalogueAsync()
    {
        var client = Client();
        var items = ItemFile.ReadAsync(Path.Combine(Repository.Root, "models", "data", "online-retail", OnlineRetailDataset.ItemsFile));
        await Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (item, token) => await client.PutItemAsync(item, token));
    }

    private Dictionary<string, string> Environment(int httpPort) => new(StringComparer.Ordinal)
    {
        ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{httpPort}",
        ["Personalization__Cluster__Mode"] = "adonet",
        ["Personalization__Cluster__ClusterId"] = _id,
        ["Personalization__Cluster__ServiceId"] = _id,
        ["Personalization__Cluster__AdvertisedAddress"] = "127.0.0.1",
        ["Personalization__Storage__Provider"] = "postgres",
        ["Personalization__Storage__ConnectionString"] = _postgres!.ConnectionString,
        ["Personalization__Kafka__BootstrapServers"] = _kafka!.BootstrapServers,
        ["Personalization__Kafka__ReplicationFactor"] = "1",
        ["Personalization__Clock__Mode"] = "stream",
        ["DOTNET_gcServer"] = "0",
    };

    private static async Task WaitUntilReadyAsync(ChildProcess process, int port, string name)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            await Wait.UntilAsync(
                async () =>
                {
                    if (process.HasExited)
                    {
                        throw new InvalidOperationException($"{name} ended with {process.ExitCode}");
                    }

                    using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/health/ready"));
                    return answer.IsSuccessStatusCode;
                },
                StartTimeout,
                $"{name} to be ready");
        }
        catch (TimeoutException exception)
        {
            throw new InvalidOperationException($"{name} did not start:\n{process.Output}", exception);
        }
    }
}
