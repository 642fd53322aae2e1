using System.CommandLine;

namespace Personalization.Benchmarks.Stream;

/// <summary><c>stream</c>: how fresh and how large everything is while events flow at a steady rate.</summary>
internal static class StreamCommand
{
    /// <summary>Makes the command.</summary>
    /// <returns>The command.</returns>
    public static Command Create()
    {
        var rate = new Option<double>("--rate") { Description = "Events a second.", DefaultValueFactory = _ => 5_000 };
        var users = new Option<int>("--users") { Description = "Users they belong to.", DefaultValueFactory = _ => 50_000 };
        var history = new Option<int>("--history") { Description = "Events each of them has on average before it begins; 0: their histories fill up meanwhile, and so does the memory." };
        var duration = new Option<double>("--duration") { Description = "Seconds; 1200 is a soak.", DefaultValueFactory = _ => 60 };
        var warmUp = new Option<double>("--warm-up") { Description = "Seconds it flows before anything is measured.", DefaultValueFactory = _ => 20 };
        var silos = new Option<int>("--silos") { Description = "Silo processes.", DefaultValueFactory = _ => 1 };
        var bot = new Option<double>("--bot") { Description = "Events a second of one more user, who is no shopper; the others are not to notice." };
        var probes = new Option<double>("--probes") { Description = "Clicks a second that are followed.", DefaultValueFactory = _ => 20 };
        var visible = new Option<double>("--max-visible") { Description = "Most milliseconds from producing a click to a shelf that knows it (p99).", DefaultValueFactory = _ => 50 };
        var durable = new Option<double>("--max-durable") { Description = "Most milliseconds from producing a click to its row in PostgreSQL (p99).", DefaultValueFactory = _ => 250 };
        var growth = new Option<double>("--most-growth") { Description = "MiB that resident memory may grow from the second quarter to the last, as medians.", DefaultValueFactory = _ => 64 };
        var graph = new Option<string?>("--graph") { Description = "File of the memory graph (SVG)." };
        var command = new Command("stream", "Silos, a gateway, Kafka and PostgreSQL as processes; a steady stream, clicks that are followed to the shelf and to the row, and the memory meanwhile.")
        {
            rate, users, history, duration, warmUp, silos, bot, probes, visible, durable, growth, graph,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            new StreamOptions(
                parsed.GetValue(rate),
                parsed.GetValue(users),
                parsed.GetValue(history),
                TimeSpan.FromSeconds(parsed.GetValue(duration)),
                TimeSpan.FromSeconds(parsed.GetValue(warmUp)),
                parsed.GetValue(silos),
                parsed.GetValue(bot),
                parsed.GetValue(probes),
                parsed.GetValue(visible),
                parsed.GetValue(durable),
                parsed.GetValue(growth),
                parsed.GetValue(graph)),
            cancellationToken));
        return command;
    }

    private static Task<int> RunAsync(StreamOptions options, CancellationToken cancellationToken) =>
        Rig.RunAsync(async rig => await new StreamBenchmark(rig, options).RunAsync(cancellationToken) ? 0 : 1);
}
