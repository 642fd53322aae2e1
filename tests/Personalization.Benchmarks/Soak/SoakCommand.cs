using System.CommandLine;

namespace Personalization.Benchmarks.Soak;

/// <summary><c>soak</c>: the engine for a long time with requests of every shape; memory must stay flat.</summary>
internal static class SoakCommand
{
    /// <summary>Makes the command.</summary>
    /// <returns>The command.</returns>
    public static Command Create()
    {
        var duration = new Option<double>("--duration") { Description = "Minutes.", DefaultValueFactory = _ => 20 };
        var callers = new Option<int>("--callers") { Description = "Requests under way, at most.", DefaultValueFactory = _ => 48 };
        var growth = new Option<double>("--most-growth")
        {
            Description = "MiB that resident memory may grow from the second quarter to the last, as medians.",
            DefaultValueFactory = _ => 16,
        };
        var command = new Command("soak", "Asks the shipped model in random lengths, batches, counts, filters and priorities, swaps it now and then, and fails if memory grows.")
        {
            duration, callers, growth,
        };
        command.SetAction((parsed, cancellationToken) => new SoakBenchmark(
            TimeSpan.FromMinutes(parsed.GetValue(duration)), parsed.GetValue(callers), parsed.GetValue(growth)).RunAsync(cancellationToken));
        return command;
    }
}
