using System.CommandLine;
using Personalization.Benchmarks.Allocations;
using Personalization.Benchmarks.Catalogue;
using Personalization.Benchmarks.Faults;
using Personalization.Benchmarks.Http;
using Personalization.Benchmarks.Inference;
using Personalization.Benchmarks.Ingestion;
using Personalization.Benchmarks.Memory;
using Personalization.Benchmarks.Soak;
using Personalization.Benchmarks.Stream;

var root = new RootCommand("Measures Personalization beside the limits and the peers it is judged by, and breaks what it stands on while it runs.")
{
    IngestionCommand.Create(),
    InferenceCommand.Create(),
    VariantsCommand.Create(),
    HttpCommand.Create(),
    RivalCommand.Create(),
    CatalogueCommand.Create(),
    AllocationsCommand.Create(),
    FaultsCommand.Create(),
    StreamCommand.Create(),
    MemoryCommand.Create(),
    SoakCommand.Create(),
};
return await root.Parse(args.Length == 0 ? ["--help"] : args).InvokeAsync();
