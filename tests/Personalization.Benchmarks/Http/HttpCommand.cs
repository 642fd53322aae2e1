using System.CommandLine;

namespace Personalization.Benchmarks.Http;

/// <summary><c>http</c>: the whole system over HTTP, beside what a team would build instead.</summary>
internal static class HttpCommand
{
    /// <summary>Makes the command.</summary>
    /// <returns>The command.</returns>
    public static Command Create()
    {
        var users = new Option<int>("--users") { Description = "Shoppers, each with a history.", DefaultValueFactory = _ => 2_000 };
        var warmUp = new Option<double>("--warm-up") { Description = "Length of the load on each party before the measurements, in which the runtime compiles what is called often, s.", DefaultValueFactory = _ => 30 };
        var seconds = new Option<double>("--seconds") { Description = "Length of a measurement.", DefaultValueFactory = _ => 4 };
        var rates = new Option<double[]>("--rates")
        {
            Description = "Recommendations a second in the open loop.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [1_000, 2_000],
        };
        var callers = new Option<int>("--callers") { Description = "Connections at the maximum.", DefaultValueFactory = _ => 64 };
        var trials = new Option<int>("--trials") { Description = "Clicks, each followed by a shelf that has to know it.", DefaultValueFactory = _ => 2_000 };
        var parties = new Option<HttpParty[]>("--parties")
        {
            Description = "Who is measured. Apart needs KAFKA_HOME, Java and PostgreSQL, Redis needs redis-server (Debian: apt install redis-server).",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => Enum.GetValues<HttpParty>(),
        };
        var rounds = new Option<int>("--rounds") { Description = "How often all parties are measured, in turn; medians are shown at the end, and ratios of what was measured in the same round.", DefaultValueFactory = _ => 9 };
        var command = new Command(
            "http",
            "Recommendations over HTTP: gateway, silo and engine in one process and apart, beside a stateless service that reads the history from Redis and runs the same model.")
        {
            users, warmUp, seconds, rates, callers, trials, parties, rounds,
        };
        command.SetAction((parsed, cancellationToken) => new HttpBenchmark(new HttpBenchmarkOptions(
            parsed.GetValue(users),
            TimeSpan.FromSeconds(parsed.GetValue(warmUp)),
            TimeSpan.FromSeconds(parsed.GetValue(seconds)),
            parsed.GetValue(rates)!,
            parsed.GetValue(callers),
            parsed.GetValue(trials),
            parsed.GetValue(parties)!,
            parsed.GetValue(rounds))).RunAsync(cancellationToken));
        return command;
    }
}
