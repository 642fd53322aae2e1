using Personalization.Client;
using Personalization.Events;
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
    private ClusterLauncher? _launcher;
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
        var silo = _launcher!.StartSilo(name, ports);
        lock (_processes)
        {
            _processes.Add(silo);
        }

        await silo.WaitUntilReadyAsync(UrlOf(ports[2]), StartTimeout);
        return silo;
    }

    /// <summary>Makes a cluster of its own on the same servers; none of its processes is started yet.</summary>
    /// <param name="postgres">A database server of its own; null: the one that all share.</param>
    /// <param name="secure">Whether its processes reach the broker over TLS and name themselves.</param>
    /// <returns>What starts its processes; its group and its topic are called alike.</returns>
    public async Task<ClusterLauncher> NewClusterAsync(PostgresServer? postgres = null, bool secure = false)
    {
        var id = "test-" + Guid.NewGuid().ToString("N")[..8];
        return NewLauncher(id, await (postgres ?? _postgres!).NewDatabaseAsync(id.Replace('-', '_')), id, secure);
    }

    /// <summary>A click at the shop's time, which each cluster has its own of.</summary>
    /// <param name="client">Asks the cluster that it is for.</param>
    /// <param name="user">Who clicks.</param>
    /// <param name="item">On what.</param>
    /// <returns>The event.</returns>
    public static async Task<BehaviorEvent> ClickAsync(IPersonalizationClient client, string user, string item) => new()
    {
        EventId = Guid.NewGuid().ToString("N"),
        UserId = user,
        ItemId = item,
        Type = EventType.Click,
        Timestamp = (await client.GetClusterAsync()).ShopTime,
    };

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

    private ClusterLauncher NewLauncher(string id, string database, string topic, bool secure = false)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["Personalization__Clock__Mode"] = "stream", ["DOTNET_gcServer"] = "0" };
        foreach (var (key, value) in secure ? _kafka!.SecureSettings : new Dictionary<string, string>(StringComparer.Ordinal))
        {
            settings["Personalization__Kafka__Settings__" + key] = value;
        }

        return new ClusterLauncher(secure ? _kafka!.SecureServers : _kafka!.BootstrapServers, database, id, topic, settings);
    }

    private static Uri UrlOf(int port) => new($"http://127.0.0.1:{port}/");

    private async Task StartAsync()
    {
        // Each is kept when it runs, so that it ends also where the other one does not start.
        await Task.WhenAll(StartKafkaAsync(), StartPostgresAsync());
        _launcher = NewLauncher("test-" + Guid.NewGuid().ToString("N")[..8], _postgres!.ConnectionString, Topics.Clickstream);
        await Task.WhenAll(StartSiloAsync("silo-1"), StartSiloAsync("silo-2"));
        var url = UrlOf(FreePort.Next());
        _gateway = _launcher.StartGateway(url.Port);
        _processes.Add(_gateway);
        await _gateway.WaitUntilReadyAsync(url, StartTimeout);
        _http = new HttpClient { BaseAddress = url, Timeout = TimeSpan.FromSeconds(30) };
        await FillCatalogueAsync();
        try
        {
            await Wait.UntilAsync(
                async () => (await Client().GetClusterAsync()).Silos is { Length: 2 } silos && silos.All(silo => silo.ConsumerLag >= 0),
                StartTimeout,
                "both silos to have partitions of the stream");
        }
        catch (TimeoutException e)
        {
            var silos = (await Client().GetClusterAsync()).Silos.Select(silo => $"{silo.Name}: lag {silo.ConsumerLag}");
            throw new InvalidOperationException(string.Join("\n\n", [.. silos, .. _processes.Select(process => process.Output)]), e);
        }
    }

    private async Task StartKafkaAsync() => _kafka = await KafkaServer.StartAsync();

    private async Task StartPostgresAsync() => _postgres = await PostgresServer.StartAsync();

    private async Task FillCatalogueAsync()
    {
        var client = Client();
        var items = ItemFile.ReadAsync(Path.Combine(Repository.Root, "models", "data", "online-retail", OnlineRetailDataset.ItemsFile));
        await Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (item, token) => await client.PutItemAsync(item, token));
    }
}
