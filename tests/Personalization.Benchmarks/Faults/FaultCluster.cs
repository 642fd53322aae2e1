using System.Globalization;
using Personalization.Testing;

namespace Personalization.Benchmarks.Faults;

/// <summary>Silos and a gateway as processes; every silo is reached by the others through a wire that can be stalled.</summary>
internal sealed class FaultCluster : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(120);
    private readonly ClusterLauncher _launcher;
    private readonly List<(ChildProcess Process, StallingProxy Wire, Uri Http)> _silos = [];
    private readonly List<ChildProcess> _gone = [];
    private ChildProcess? _gateway;
    private int _started;

    private FaultCluster(Rig rig, ClusterLauncher launcher) => (Rig, _launcher) = (rig, launcher);

    /// <summary>The servers.</summary>
    public Rig Rig { get; }

    /// <summary>The gateway's address.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>The silos that run.</summary>
    public int Silos => _silos.Count;

    /// <summary>What is worth telling beside the result.</summary>
    public IList<string> Notes { get; } = [];

    /// <summary>The last output of every process, for an error report.</summary>
    public string Output => string.Join("\n----\n", _silos.Select(silo => silo.Process).Concat(_gone).Append(_gateway!).Select(process => process.Output));

    /// <summary>Addresses at which the silos that run tell their metrics.</summary>
    public IReadOnlyList<Uri> SiloUrls => _silos.ConvertAll(silo => silo.Http);

    /// <summary>Process ids of the silos that run.</summary>
    public IReadOnlyList<int> SiloIds => _silos.ConvertAll(silo => silo.Process.Id);

    /// <summary>Starts silos and a gateway.</summary>
    /// <param name="rig">The servers.</param>
    /// <param name="launcher">Starts processes.</param>
    /// <param name="silos">How many.</param>
    /// <returns>The cluster, ready.</returns>
    public static async Task<FaultCluster> StartAsync(Rig rig, ClusterLauncher launcher, int silos = 2)
    {
        var cluster = new FaultCluster(rig, launcher);
        try
        {
            await Task.WhenAll(Enumerable.Range(0, silos).Select(_ => cluster.AddSiloAsync()));
            var port = FreePort.Next();
            cluster._gateway = launcher.StartGateway(port);
            cluster.Url = new Uri($"http://127.0.0.1:{port}/");
            await cluster._gateway.WaitUntilReadyAsync(cluster.Url, StartTimeout);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts one more silo.</summary>
    /// <returns>Completes when it is ready.</returns>
    public async Task AddSiloAsync()
    {
        var ports = FreePort.Take(4);
        var wire = new StallingProxy(ports[0], ports[3]);
        var http = new Uri($"http://127.0.0.1:{ports[2]}/");
        var name = "silo-" + Interlocked.Increment(ref _started).ToString(CultureInfo.InvariantCulture);
        var process = _launcher.StartSilo(name, ports, [KeyValuePair.Create("Personalization__Cluster__SiloListenPort", ports[3].ToString(CultureInfo.InvariantCulture))]);
        lock (_silos)
        {
            _silos.Add((process, wire, http));
        }

        await process.WaitUntilReadyAsync(http, StartTimeout);
    }

    /// <summary>Ends the oldest silo at once (kill -9).</summary>
    /// <returns>Completes when it is gone.</returns>
    public Task KillSiloAsync() => EndAsync("KILL");

    /// <summary>Asks the oldest silo to leave.</summary>
    /// <returns>Completes when it has.</returns>
    public Task StopSiloAsync() => EndAsync("TERM");

    /// <summary>Silences what the oldest silo gets from the others, or lets it through again.</summary>
    /// <param name="stalled">Which.</param>
    public void Stall(bool stalled)
    {
        if (stalled)
        {
            _silos[0].Wire.Stall();
        }
        else
        {
            _silos[0].Wire.Resume();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var (process, wire, _) in _silos)
        {
            await process.DisposeAsync();
            await wire.DisposeAsync();
        }

        foreach (var process in _gone)
        {
            await process.DisposeAsync();
        }

        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }
    }

    private async Task EndAsync(string signal)
    {
        (ChildProcess Process, StallingProxy Wire, Uri Http) silo;
        lock (_silos)
        {
            silo = _silos[0];
            _silos.RemoveAt(0);
            _gone.Add(silo.Process);
        }

        silo.Process.Signal(signal);
        await silo.Process.WaitForExitAsync(TimeSpan.FromSeconds(90));
        await silo.Wire.DisposeAsync();
    }
}
