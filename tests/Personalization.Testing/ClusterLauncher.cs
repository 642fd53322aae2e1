using System.Globalization;

namespace Personalization.Testing;

/// <summary>Starts silos and gateways as processes of one cluster.</summary>
/// <param name="bootstrapServers">The broker.</param>
/// <param name="database">Connection string of PostgreSQL.</param>
/// <param name="id">Names the cluster, its state and its consumer group.</param>
/// <param name="topic">Topic of the events.</param>
/// <param name="settings">On top of the defaults, for every process; null: none.</param>
public sealed class ClusterLauncher(
    string bootstrapServers, string database, string id, string topic = "clickstream", IReadOnlyDictionary<string, string>? settings = null)
{
    /// <summary>The consumer group of the silos.</summary>
    public string Group => id;

    /// <summary>Starts a silo.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="ports">Advertised port for silos, port for gateways, HTTP port.</param>
    /// <param name="own">Settings of this silo alone; null: none.</param>
    /// <returns>The process; it may not be ready yet.</returns>
    public ChildProcess StartSilo(string name, int[] ports, IEnumerable<KeyValuePair<string, string>>? own = null)
    {
        ArgumentNullException.ThrowIfNull(ports);
        var environment = Environment(ports[2]);
        environment["Personalization__Cluster__SiloName"] = name;
        environment["Personalization__Cluster__SiloPort"] = Text(ports[0]);
        environment["Personalization__Cluster__GatewayPort"] = Text(ports[1]);
        foreach (var (key, value) in own ?? [])
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

    private Dictionary<string, string> Environment(int httpPort)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{Text(httpPort)}",
            ["Personalization__Cluster__Mode"] = "adonet",
            ["Personalization__Cluster__ClusterId"] = id,
            ["Personalization__Cluster__ServiceId"] = id,
            ["Personalization__Cluster__AdvertisedAddress"] = "127.0.0.1",
            ["Personalization__Storage__Provider"] = "postgres",
            ["Personalization__Storage__ConnectionString"] = database,
            ["Personalization__Kafka__BootstrapServers"] = bootstrapServers,
            ["Personalization__Kafka__ReplicationFactor"] = "1",
            ["Personalization__Kafka__ClickstreamTopic"] = topic,
            ["Personalization__Kafka__GroupId"] = id,
        };
        foreach (var (key, value) in settings ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            environment[key] = value;
        }

        return environment;
    }
}
