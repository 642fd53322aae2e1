using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Personalization.Inference;
using Personalization.Inference.Packages;
using Personalization.Inference.Providers;

namespace Personalization.Benchmarks.Inference;

/// <summary><c>variants</c>: what a row costs in the graphs of several packages, bare and in turns.</summary>
internal static class VariantsCommand
{
    private static readonly int[] Batches = [1, 32];

    /// <summary>Makes the command.</summary>
    /// <returns>The command.</returns>
    public static Command Create()
    {
        var folders = new Argument<string[]>("folders") { Description = "Package folders, .../name/version.", Arity = ArgumentArity.OneOrMore };
        var users = new Option<int>("--users") { Description = "Shoppers, each with a history.", DefaultValueFactory = _ => 2_000 };
        var seconds = new Option<double>("--seconds") { Description = "Length of a measurement.", DefaultValueFactory = _ => 2 };
        var rounds = new Option<int>("--rounds") { Description = "How often each package is measured, one after the other; medians are shown.", DefaultValueFactory = _ => 9 };
        var command = new Command("variants", "Processor time of a row in the graphs of several packages, bare ONNX Runtime, one thread, alone and among 32.") { folders, users, seconds, rounds };
        command.SetAction(parsed => Run(parsed.GetValue(folders)!, parsed.GetValue(users), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(rounds)));
        return command;
    }

    private static int Run(string[] folders, int users, TimeSpan span, int rounds)
    {
        try
        {
            Measure(Array.ConvertAll(folders, ModelPackageLoader.Load), users, span, rounds);
            return 0;
        }
        catch (ModelPackageException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return 65;
        }
    }

    private static void Measure(ModelPackage[] packages, int users, TimeSpan span, int rounds)
    {
        var runners = new OnnxModelRunnerFactory(Options.Create(new InferenceOptions()), NullLogger<OnnxModelRunnerFactory>.Instance);
        var measured =
            (from package in packages
             from batch in Batches
             let shoppers = new Shoppers(users, package.Vocabulary, package.Manifest.MaxLength)
             select (package.Ref, Batch: batch, Loop: new BareLoop(runners, package, shoppers, [batch]), Times: new List<double>())).ToArray();
        for (var round = -1; round < rounds; round++)
        {
            foreach (var (_, batch, loop, times) in measured)
            {
                var (_, microseconds) = loop.Measure(threads: 1, batch, span);

                // The first round warms up.
                if (round >= 0)
                {
                    times.Add(microseconds);
                }
            }
        }

        Console.WriteLine($"{users:N0} shoppers, {rounds} rounds of {span.TotalSeconds:0.#} s in turns, one thread; processor time of a row, microseconds: median (least to most)");
        foreach (var (model, batch, loop, times) in measured)
        {
            Console.WriteLine($"  {model.Name}/{model.Version,-16} {batch,3} rows  {Statistics.Median(times),7:0.0} ({times.Min():0.0} to {times.Max():0.0})");
            loop.Dispose();
        }
    }
}
