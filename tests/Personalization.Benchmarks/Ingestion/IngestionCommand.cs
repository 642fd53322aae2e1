using System.CommandLine;

namespace Personalization.Benchmarks.Ingestion;

/// <summary><c>ingestion</c>: from Kafka to durable state, beside what one could use instead.</summary>
internal static class IngestionCommand
{
    private static readonly string[] All = ["consumer", "silo", "silo-no-storage", "silo-adonet", "streams-alo", "streams-eos"];

    /// <summary>Makes the command.</summary>
    /// <returns>The command.</returns>
    public static Command Create()
    {
        var events = new Option<long>("--events") { Description = "Events in the topic.", DefaultValueFactory = _ => 2_000_000 };
        var users = new Option<int>("--users") { Description = "Users they belong to.", DefaultValueFactory = _ => 200_000 };
        var zipf = new Option<double>("--zipf") { Description = "Skew of the users.", DefaultValueFactory = _ => 0.8 };
        var rounds = new Option<int>("--rounds") { Description = "How often every contender runs; medians are shown.", DefaultValueFactory = _ => 1 };
        var contenders = new Option<string[]>("--contenders")
        {
            Description = $"Who runs, of: {string.Join(", ", All)}. The streams-… need --peer.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => ["consumer", "silo"],
        };
        contenders.AcceptOnlyFromAmong(All);
        var peer = new Option<DirectoryInfo?>("--peer") { Description = "Folder of the Kafka Streams program (class Peer in libs/): run as 'Peer run BOOTSTRAP TOPIC alo|eos STATE_DIR', prints '… N events/s'." };
        var silos = new Option<int>("--silos") { Description = "Silo processes.", DefaultValueFactory = _ => 1 };
        var settings = new Option<string[]>("--set") { Description = "A silo's setting, for instance Personalization__Storage__Writers=4.", DefaultValueFactory = _ => [] };
        var command = new Command("ingestion", "Events a second from Kafka to durable state to committed offset, with broker, database and silos on this machine. Needs KAFKA_HOME, Java and PostgreSQL.")
        {
            events, users, zipf, rounds, contenders, peer, silos, settings,
        };
        command.SetAction((parsed, cancellationToken) => new IngestionBenchmark(
            new IngestionOptions(
                parsed.GetValue(events),
                parsed.GetValue(users),
                parsed.GetValue(zipf),
                parsed.GetValue(rounds),
                parsed.GetValue(contenders)!,
                parsed.GetValue(peer)?.FullName,
                parsed.GetValue(silos),
                parsed.GetValue(settings)!)).RunAsync(cancellationToken));
        return command;
    }
}
