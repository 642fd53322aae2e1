using Personalization.Testing;

namespace Personalization.Benchmarks.Ingestion;

/// <summary>Our path: Kafka, user grains, state durable in PostgreSQL, offsets committed.</summary>
internal static class SiloContender
{
    /// <summary>Orleans' own provider writes every batch by itself: what it does in a minute tells enough.</summary>
    private const long MostAdoNetEvents = 200_000;

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
            var launcher = new ClusterLauncher(rig.Kafka.BootstrapServers, database, id, Rig.Topic);
            var settings = options.SiloSettings.Select(setting => setting.Split('=', 2)).Select(parts => KeyValuePair.Create(parts[0], parts[^1]))
                .Prepend(KeyValuePair.Create("Personalization__Cluster__Roles", "Users,Ingestion"))
                .Append(KeyValuePair.Create("Personalization__Storage__UserStorage", userStorage))
                .ToList();
            for (var i = 1; i <= options.Silos; i++)
            {
                silos.Add(launcher.StartSilo($"silo-{i}", FreePort.Take(3), settings));
            }

            var meter = new CpuMeter();
            meter.Add("silo", [.. silos.Select(silo => silo.Id)]);
            meter.Add("postgres", rig.Postgres.ProcessId);
            meter.Add("kafka", rig.Kafka.ProcessId);
            var events = userStorage == "adonet" ? Math.Min(options.Events, MostAdoNetEvents) : options.Events;
            var seconds = await new GroupProgress(rig.Kafka.BootstrapServers, Rig.Topic, id).RunAsync(
                events,
                meter.Start,
                committed => log($"{name}: {committed:N0} of {events:N0} events durable and committed"),
                () => Check(silos),
                cancellationToken);
            var cpu = meter.PerEvent(events);
            var resident = silos.Sum(silo => CpuMeter.ResidentMebibytes(silo.Id));
            return new Measurement(name, events / seconds, cpu, $"{resident:0} MiB resident{(events < options.Events ? $"; the first {events:N0} events" : "")}");
        }
        finally
        {
            foreach (var silo in silos)
            {
                await silo.DisposeAsync();
            }
        }
    }

    private static void Check(List<ChildProcess> silos)
    {
        if (silos.Find(silo => silo.HasExited) is { } gone)
        {
            throw new InvalidOperationException($"A silo ended with {gone.ExitCode}:\n{gone.Output}");
        }
    }
}
