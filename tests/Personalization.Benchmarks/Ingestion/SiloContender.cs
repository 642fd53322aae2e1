using Personalization.Testing;

namespace Personalization.Benchmarks.Ingestion;

/// <summary>Our path: Kafka, user grains, state durable in PostgreSQL, offsets committed.</summary>
internal static class SiloContender
{
    /// <summary>Runs once.</summary>
    /// <param name="rig">The servers.</param>
    /// <param name="name">Name in the report.</param>
    /// <param name="userStorage">Setting <c>Storage:UserStorage</c>.</param>
    /// <param name="options">What is measured.</param>
    /// <param name="log">Told the progress.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The result.</returns>
    public static async Task<Measurement> RunAsync(Rig rig, string name, string userStorage, IngestionOptions options, Action<string> log, CancellationToken cancellationToken)
    {
        var id = name + "-" + Guid.NewGuid().ToString("N")[..8];
        var database = await rig.NewDatabaseAsync();
        var silos = new List<ChildProcess>();
        try
        {
            for (var i = 0; i < options.Silos; i++)
            {
                silos.Add(Start(rig, id, database, userStorage, i, options));
            }

            var meter = new CpuMeter();
            meter.Add("silo", [.. silos.Select(silo => silo.Id)]);
            meter.Add("postgres", rig.Postgres.ProcessId);
            meter.Add("kafka", rig.Kafka.ProcessId);
            var seconds = await new GroupProgress(rig.Kafka.BootstrapServers, Rig.Topic, id).RunAsync(
                options.Events,
                meter.Start,
                committed => log($"{name}: {committed:N0} of {options.Events:N0} events durable and committed"),
                () => Check(silos),
                cancellationToken);
            var cpu = meter.PerEvent(options.Events);
            var resident = silos.Sum(silo => CpuMeter.ResidentMebibytes(silo.Id));
            return new Measurement(name, options.Events / seconds, cpu, $"{resident:0} MiB resident");
        }
        finally
        {
            foreach (var silo in silos)
            {
                await silo.DisposeAsync();
            }
        }
    }

    private static ChildProcess Start(Rig rig, string id, string database, string userStorage, int index, IngestionOptions options)
    {
        var ports = FreePort.Take(3);
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{ports[2]}",
            ["Personalization__Cluster__Mode"] = "adonet",
            ["Personalization__Cluster__ClusterId"] = id,
            ["Personalization__Cluster__ServiceId"] = id,
            ["Personalization__Cluster__SiloName"] = $"silo-{index + 1}",
            ["Personalization__Cluster__AdvertisedAddress"] = "127.0.0.1",
            ["Personalization__Cluster__SiloPort"] = ports[0].ToString(),
            ["Personalization__Cluster__GatewayPort"] = ports[1].ToString(),
            ["Personalization__Cluster__Roles"] = "Users,Ingestion",
            ["Personalization__Storage__Provider"] = "postgres",
            ["Personalization__Storage__ConnectionString"] = database,
            ["Personalization__Storage__UserStorage"] = userStorage,
            ["Personalization__Kafka__BootstrapServers"] = rig.Kafka.BootstrapServers,
            ["Personalization__Kafka__ReplicationFactor"] = "1",
            ["Personalization__Kafka__ClickstreamTopic"] = Rig.Topic,
            ["Personalization__Kafka__GroupId"] = id,
        };
        foreach (var setting in options.SiloSettings)
        {
            var separator = setting.IndexOf('=', StringComparison.Ordinal);
            environment[setting[..separator]] = setting[(separator + 1)..];
        }

        return ChildProcess.Start("dotnet", [Repository.Program("silo/Personalization.Silo"), "run"], environment);
    }

    private static void Check(List<ChildProcess> silos)
    {
        if (silos.Find(silo => silo.HasExited) is { } gone)
        {
            throw new InvalidOperationException($"A silo ended with {gone.ExitCode}:\n{gone.Output}");
        }
    }
}
