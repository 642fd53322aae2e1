using System.Diagnostics;
using Personalization.Testing;

namespace Personalization.Benchmarks.Ingestion;

/// <summary>Writes one topic and lets every contender read it.</summary>
internal sealed class IngestionBenchmark(IngestionOptions options)
{
    /// <summary>Runs and prints a table.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Exit code.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        if (options.PeerDirectory is null && options.Contenders.Any(IsStreams))
        {
            await Console.Error.WriteLineAsync("The Kafka Streams contenders need --peer.");
            return 69;
        }

        return await Rig.RunAsync(rig => RunAsync(rig, cancellationToken));
    }

    private async Task<int> RunAsync(Rig rig, CancellationToken cancellationToken)
    {
        await TopicWriter.WriteAsync(rig, options, Terminal.Progress, cancellationToken);
        var results = new List<Measurement>();
        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var contender in options.Contenders)
            {
                var result = await RunAsync(rig, contender, cancellationToken);
                results.Add(result);
                Print(result);
            }
        }

        Summarize(results);
        return 0;
    }

    private static bool IsStreams(string contender) => contender.StartsWith("streams-", StringComparison.Ordinal);

    private static void Print(Measurement result) => Console.WriteLine(
        $"\r{result.Contender,-18}{result.EventsPerSecond,12:N0} events/s   processor µs an event: {CpuMeter.Text(result.CpuMicroseconds)}   {result.Notes}");

    private void Summarize(List<Measurement> results)
    {
        Console.WriteLine($"\n{options.Events:N0} events, {options.Users:N0} users, Zipf {options.Zipf}, {options.Silos} silo(s), {Environment.ProcessorCount} cores; medians of {options.Rounds} round(s):");
        var medians = options.Contenders.Distinct(StringComparer.Ordinal)
            .ToDictionary(name => name, name => Statistics.Median(results.Where(result => result.Contender == name).Select(result => result.EventsPerSecond)), StringComparer.Ordinal);
        var best = medians.GetValueOrDefault("streams-eos", medians.GetValueOrDefault("silo"));
        foreach (var (name, median) in medians)
        {
            Console.WriteLine($"{name,-18}{median,12:N0} events/s{(best > 0 ? $"   {median / best:0.00} x {(medians.ContainsKey("streams-eos") ? "streams-eos" : "silo")}" : "")}");
        }
    }

    private Task<Measurement> RunAsync(Rig rig, string contender, CancellationToken cancellationToken) => contender switch
    {
        "consumer" => Task.Run(() => ConsumerContender.Run(rig, options.Events, cancellationToken), cancellationToken),
        "silo" => SiloContender.RunAsync(rig, contender, "bulk", options, Terminal.Progress, cancellationToken),
        "silo-no-storage" => SiloContender.RunAsync(rig, contender, "none", options, Terminal.Progress, cancellationToken),
        "silo-adonet" => SiloContender.RunAsync(rig, contender, "adonet", options, Terminal.Progress, cancellationToken),
        "streams-alo" => StreamsContender.RunAsync(rig, options.PeerDirectory!, "alo", options.Events),
        "streams-eos" => StreamsContender.RunAsync(rig, options.PeerDirectory!, "eos", options.Events),
        _ => throw new UnreachableException(contender),
    };
}
