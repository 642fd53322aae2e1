using System.CommandLine;

namespace Personalization.Benchmarks.Memory;

/// <summary><c>memory</c>: what a user takes in memory and in the table.</summary>
internal static class MemoryCommand
{
    /// <summary>Makes the command.</summary>
    /// <returns>The command.</returns>
    public static Command Create()
    {
        var users = new Option<int>("--users") { Description = "Users.", DefaultValueFactory = _ => 20_000 };
        var events = new Option<int>("--events") { Description = "Events of each.", DefaultValueFactory = _ => 50 };
        var mostActive = new Option<double>("--max-resident") { Description = "Most bytes of a user in memory, with a grain.", DefaultValueFactory = _ => 4_096 };
        var command = new Command("memory", "Bytes a user takes: with a grain, at rest, and in the table; one silo in this process.") { users, events, mostActive };
        command.SetAction((parsed, cancellationToken) =>
            new MemoryBenchmark(parsed.GetValue(users), parsed.GetValue(events), parsed.GetValue(mostActive)).RunAsync(cancellationToken));
        return command;
    }
}
