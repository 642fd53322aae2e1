using System.Globalization;
using System.Text.RegularExpressions;
using Personalization.Testing;

namespace Personalization.Benchmarks.Ingestion;

/// <summary>Kafka Streams with a RocksDB store and a changelog, as a program of its own.</summary>
internal static partial class StreamsContender
{
    /// <summary>Runs once.</summary>
    /// <param name="rig">The servers.</param>
    /// <param name="directory">Folder with the program's <c>libs</c>.</param>
    /// <param name="guarantee"><c>alo</c> or <c>eos</c>.</param>
    /// <param name="events">Events in the topic.</param>
    /// <returns>The result.</returns>
    public static async Task<Measurement> RunAsync(Rig rig, string directory, string guarantee, long events)
    {
        using var state = new TemporaryDirectory();
        var kafka = Environment.GetEnvironmentVariable("KAFKA_HOME")!;
        var arguments = new List<string> { "-Xmx4g", "-cp", $"{directory}/libs/*:{kafka}/libs/*", "Peer", "run", rig.Kafka.BootstrapServers, Rig.Topic, guarantee, state.Path };
        var logging = Path.Combine(kafka, "config", "log4j2.yaml");
        if (File.Exists(logging))
        {
            arguments.Insert(0, "-Dlog4j2.configurationFile=" + logging);
        }

        await using var process = ChildProcess.Start("java", arguments);
        var meter = new CpuMeter();
        meter.Add("streams", process.Id);
        meter.Add("kafka", rig.Kafka.ProcessId);
        meter.Start();
        var cpu = meter.PerEvent(events);
        while (!Rate().IsMatch(process.Output) && !process.HasExited)
        {
            await Task.Delay(200);
            cpu = meter.PerEvent(events);
        }

        await process.WaitForExitAsync(TimeSpan.FromMinutes(6));
        var match = Rate().Match(process.Output);
        return match.Success
            ? new Measurement("streams-" + guarantee, double.Parse(match.Groups["rate"].Value, CultureInfo.InvariantCulture), cpu, "")
            : throw new InvalidOperationException("Kafka Streams gave no figure:\n" + process.Output);
    }

    [GeneratedRegex(@"(?<rate>\d+) events/s", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Rate();
}
