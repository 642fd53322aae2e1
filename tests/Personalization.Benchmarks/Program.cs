using System.CommandLine;
using Personalization.Benchmarks.Ingestion;

var root = new RootCommand("Measures the parts of Personalization beside the limits and the peers that they are judged by, in one run on one machine.")
{
    IngestionCommand.Create(),
};
return await root.Parse(args.Length == 0 ? ["--help"] : args).InvokeAsync();
