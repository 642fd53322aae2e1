using System.CommandLine;

namespace Personalization.Benchmarks.Catalogue;

/// <summary><c>catalogue</c>: scoring of large catalogues.</summary>
internal static class CatalogueCommand
{
    /// <summary>Makes the command.</summary>
    /// <returns>The command.</returns>
    public static Command Create()
    {
        var items = new Option<int[]>("--items")
        {
            Description = "Sizes of the catalogue.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [12_000, 100_000, 1_000_000],
        };
        var dimension = new Option<int>("--dimension") { Description = "Length of a vector.", DefaultValueFactory = _ => 64 };
        var users = new Option<int>("--users") { Description = "Shoppers asked for.", DefaultValueFactory = _ => 256 };
        var seconds = new Option<double>("--seconds") { Description = "Length of a measurement.", DefaultValueFactory = _ => 2 };
        var command = new Command("catalogue", "Exact and rounded scoring of synthetic catalogues beside a raw scan of the floats: latency, throughput, memory and recall, bare and through the engine.")
        {
            items, dimension, users, seconds,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            foreach (var count in parsed.GetValue(items)!)
            {
                await new CatalogueBenchmark(
                    new SyntheticItems(count, parsed.GetValue(dimension), seed: 20111209), parsed.GetValue(users), TimeSpan.FromSeconds(parsed.GetValue(seconds)))
                    .RunAsync(cancellationToken);
            }

            return 0;
        });
        return command;
    }
}
