using Personalization.Client;
using Personalization.Recommendations;
using Personalization.Testing;

namespace Personalization.SystemTests;

/// <summary>A cluster of a test's own on the shared servers, with a gateway and shoppers who ask it.</summary>
/// <param name="launcher">Starts its processes.</param>
internal sealed class OwnCluster(ClusterLauncher launcher) : IAsyncDisposable
{
    /// <summary>Tests that start a cluster of their own go one after the other.</summary>
    public const string Collection = "clusters of their own";

    /// <summary>Shoppers who have clicked.</summary>
    public const int Shoppers = 40;

    /// <summary>How long anything may take on a busy machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly string _shoppers = Guid.NewGuid().ToString("N")[..8];
    private ChildProcess? _gateway;
    private HttpClient? _http;

    /// <summary>Where the gateway is.</summary>
    public Uri Url => _http!.BaseAddress!;

    /// <summary>Asks the gateway.</summary>
    public HttpPersonalizationClient Client => new(_http!);

    /// <summary>Makes one; none of its processes is started yet.</summary>
    /// <param name="servers">The servers; the test is skipped where there are none.</param>
    public static async Task<OwnCluster> CreateAsync(ClusterProcesses servers)
    {
        await servers.RequireAsync();
        return new OwnCluster(await servers.NewClusterAsync());
    }

    /// <summary>Starts a silo.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="settings">Its own settings.</param>
    /// <returns>The silo, once it is ready.</returns>
    public async Task<SiloProcess> StartSiloAsync(string name, params KeyValuePair<string, string>[] settings)
    {
        var ports = FreePort.Take(3);
        var silo = new SiloProcess(launcher.StartSilo(name, ports, settings), UrlOf(ports[2]));
        await silo.Process.WaitUntilReadyAsync(silo.Url, Patience);
        return silo;
    }

    /// <summary>Starts the gateway, and has the shoppers click.</summary>
    /// <returns>Completes when the cluster has so many silos and makes shelves by a model.</returns>
    /// <param name="silos">How many silos there are.</param>
    public async Task OpenAsync(int silos)
    {
        var url = UrlOf(FreePort.Next());
        _gateway = launcher.StartGateway(url.Port);
        await _gateway.WaitUntilReadyAsync(url, Patience);
        _http = new HttpClient { BaseAddress = url };
        await MeetAsync(Enumerable.Range(0, Shoppers));
        await WaitForSilosAsync(silos);
        await Wait.UntilAsync(async () => (await AskAsync(0)).Source == RecommendationSource.Model, Patience, "a shelf of the model");
    }

    /// <summary>Waits until the cluster knows of so many silos.</summary>
    public Task WaitForSilosAsync(int count) =>
        Wait.UntilAsync(async () => (await Client.GetClusterAsync()).Silos.Length == count, Patience, $"{count} silos in the cluster");

    /// <summary>Has shoppers click.</summary>
    /// <param name="shoppers">Their numbers.</param>
    public Task MeetAsync(IEnumerable<int> shoppers) => Parallel.ForEachAsync(shoppers, async (shopper, token) =>
        await Client.TrackAsync(await ClusterProcesses.ClickAsync(Client, IdOf(shopper), "85123A"), token));

    /// <summary>Asks for a shelf, of two sizes in turn: the grain's cache must not answer.</summary>
    /// <param name="number">How many were asked for before.</param>
    public Task<RecommendationResponse> AskAsync(int number) => AskAsync(number % Shoppers, 10 + (number / Shoppers % 2));

    /// <summary>Asks for a shelf.</summary>
    /// <param name="shopper">Whose.</param>
    /// <param name="count">Its size.</param>
    public Task<RecommendationResponse> AskAsync(int shopper, int count) =>
        Client.RecommendAsync(IdOf(shopper), new RecommendationRequest { Count = count, Timeout = TimeSpan.FromSeconds(5) });

    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }
    }

    private static Uri UrlOf(int port) => new($"http://127.0.0.1:{port}/");

    private string IdOf(int shopper) => $"shopper-{_shoppers}-{shopper}";
}
