using System.CommandLine;

namespace Personalization.Benchmarks.Inference;

/// <summary><c>inference</c>: the model through the grains, beside ONNX Runtime in a loop that batches perfectly.</summary>
internal static class InferenceCommand
{
    /// <summary>Makes the command.</summary>
    /// <returns>The command.</returns>
    public static Command Create()
    {
        var package = new Option<string?>("--package") { Description = "Folder of a model package; default: the shipped one." };
        var users = new Option<int>("--users") { Description = "Shoppers, each with a history.", DefaultValueFactory = _ => 2_000 };
        var seconds = new Option<double>("--seconds") { Description = "Length of a measurement.", DefaultValueFactory = _ => 5 };
        var rounds = new Option<int>("--rounds") { Description = "How often throughput is measured; medians are shown.", DefaultValueFactory = _ => 3 };
        var callers = new Option<int>("--callers") { Description = "Requests under way at the maximum.", DefaultValueFactory = _ => 128 };
        var workers = new Option<int>("--workers") { Description = "Threads that run the model.", DefaultValueFactory = _ => 1 };
        var parts = new Option<InferencePart[]>("--parts")
        {
            Description = "What to measure.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => Enum.GetValues<InferencePart>(),
        };
        var command = new Command("inference", "Throughput and latency of recommendations in one silo, beside a bare ONNX Runtime loop; overload; a model swap under load.")
        {
            package, users, seconds, rounds, callers, workers, parts,
        };
        command.SetAction((parsed, cancellationToken) => new InferenceBenchmark(new InferenceBenchmarkOptions(
            parsed.GetValue(package),
            parsed.GetValue(users),
            TimeSpan.FromSeconds(parsed.GetValue(seconds)),
            parsed.GetValue(rounds),
            parsed.GetValue(callers),
            parsed.GetValue(workers),
            [.. parsed.GetValue(parts)!])).RunAsync(cancellationToken));
        return command;
    }
}
