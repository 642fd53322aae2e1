using System.Globalization;
using Personalization.Testing;

namespace Personalization.Benchmarks;

/// <summary>Starts silos and gateways as processes of one cluster.</summary>
/// <param name="rig">The servers.</param>
/// <param name="id">Names the cluster, its state and its consumer group.</param>
/// <param name="database">Connection string.</param>
/// <param name="topic">Topic of the events.</param>
internal sealed class ClusterLauncher(Rig rig, string id, string database, string topic)
{
    /// <summary>The consumer group of the silos.</summary>
    public string Group => id;

    /// <summary>Starts a silo.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="ports">Advertised port for silos, port for gateways, HTTP port.</param>
    /// <param name="settings">On top of the defaults.</param>
    /// <returns>The process; it may not be ready yet.</returns>
    public ChildProcess StartSilo(string name, int[] ports, IEnumerable<KeyValuePair<string, string>> settings)
    {
        var environment = Environment(ports[2]);
        environment["Personalization__Cluster__SiloName"] = name;
        environment["Personalization__Cluster__SiloPort"] = Text(ports[0]);
        environment["Personalization__Cluster__GatewayPort"] = Text(ports[1]);
        foreach (var (key, value) in settings)
        {
            environment[key] = value;
        }

        return ChildProcess.Start("dotnet", [Repository.Program("silo/Personalization.Silo"), "run"], environment);
    }

    /// <summary>Starts a gateway.</summary>
    /// <param name="port">HTTP port.</param>
    /// <returns>The process; it may not be ready yet.</returns>
    public ChildProcess StartGateway(int port) =>
        ChildProcess.Start("dotnet", [Repository.Program("client/Personalization.Gateway")], Environment(port));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private Dictionary<string, string> Environment(int httpPort) => new(StringComparer.Ordinal)
    {
        ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{Text(httpPort)}",
        ["Personalization__Cluster__Mode"] = "adonet",
        ["Personalization__Cluster__ClusterId"] = id,
        ["Personalization__Cluster__ServiceId"] = id,
        ["Personalization__Cluster__AdvertisedAddress"] = "127.0.0.1",
        ["Personalization__Storage__Provider"] = "postgres",
        ["Personalization__Storage__ConnectionString"] = database,
        ["Personalization__Kafka__BootstrapServers"] = rig.Kafka.BootstrapServers,
        ["Personalization__Kafka__ReplicationFactor"] = "1",
        ["Personalization__Kafka__ClickstreamTopic"] = topic,
        ["Personalization__Kafka__GroupId"] = id,
    };
}
