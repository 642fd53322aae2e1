using System.Net.Http.Json;
using System.Text.Json;
using Personalization.Testing;

namespace Personalization.Benchmarks.Http;

/// <summary>What both contenders share: processes and a client.</summary>
internal abstract class HttpContender : IAsyncDisposable
{
    /// <summary>As from a load balancer: without a bound, a service that falls behind is buried under new connections, and the generator runs out of files.</summary>
    private const int MostConnections = 512;

    private readonly List<ChildProcess> _children = [];
    private readonly List<(string Name, int Id)> _processes = [];

    protected HttpContender()
    {
        Url = $"http://127.0.0.1:{FreePort.Next()}";
        Http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            MaxConnectionsPerServer = MostConnections,
        })
        {
            BaseAddress = new Uri(Url),
            Timeout = TimeSpan.FromSeconds(10),
        };
    }

    /// <summary>The processes that were started.</summary>
    public IReadOnlyList<(string Name, int Id)> Processes => _processes;

    /// <summary>Address of the service.</summary>
    protected string Url { get; }

    /// <summary>The way to it.</summary>
    protected HttpClient Http { get; }

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        Http.Dispose();
        foreach (var child in _children)
        {
            await child.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    protected void Start(string name, string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        Add(name, ChildProcess.Start(file, arguments, environment));

    protected void Add(string name, ChildProcess child)
    {
        _children.Add(child);
        _processes.Add((name, child.Id));
    }

    protected void Add(string name, int id) => _processes.Add((name, id));

    protected async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Wait.UntilAsync(
                async () => (await Http.GetAsync("/health/ready", cancellationToken)).IsSuccessStatusCode, TimeSpan.FromMinutes(2), $"{Url} is ready", cancellationToken);
        }
        catch (TimeoutException e)
        {
            throw new InvalidOperationException(string.Join('\n', _children.Select(child => child.Output)), e);
        }
    }

    protected async Task<JsonElement> PostAsync(string path, object body)
    {
        using var response = await Http.PostAsJsonAsync(path, body);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }
}
