using System.Diagnostics.Metrics;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Personalization.Catalog;
using Personalization.Events;
using Personalization.Inference;
using Personalization.Inference.Engine;
using Personalization.Inference.Packages;
using Personalization.Inference.Providers;
using Personalization.Testing;

namespace Personalization.Benchmarks.Allocations;

/// <summary>
/// Requests to a running engine with the shipped model. The budgets: an answer of 20 items is an array of 20 candidates with their ids shared (about 0.5 KB)
/// and what carries it; the rest is the wait for the run. Nothing else of the size of a history, a batch or the catalogue may be allocated.
/// </summary>
public class EngineAllocations : IDisposable
{
    private InferenceEngine _engine = null!;
    private InferenceRequest _shelf = null!;
    private InferenceRequest _rank = null!;
    private InferenceRequest _churn = null!;

    /// <summary>Most bytes of a request, by benchmark.</summary>
    public static IReadOnlyDictionary<string, long> Budgets { get; } = new Dictionary<string, long>(StringComparer.Ordinal)
    {
        [nameof(Shelf)] = 1_536,
        [nameof(Rank)] = 1_536,
        [nameof(Churn)] = 1_024,
    };

    /// <summary>Loads the model.</summary>
    [GlobalSetup]
    public void Start()
    {
        var package = ModelPackageLoader.Load(Path.Combine(Repository.Root, "models", "packages", "online-retail", "1"));
        var options = new InferenceOptions { ReuseFor = TimeSpan.Zero };
        var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        _engine = new InferenceEngine(
            package,
            new OnnxModelRunnerFactory(Options.Create(options), NullLogger<OnnxModelRunnerFactory>.Instance).Open(package),
            new ItemCatalog(),
            options,
            TimeProvider.System,
            new InferenceInstruments(services.GetRequiredService<IMeterFactory>()),
            NullLogger<InferenceEngine>.Instance);
        _engine.WarmUp();
        _engine.Start();
        string[] history = [.. Enumerable.Range(1, 30).Select(i => package.Vocabulary[i * 50])];
        _shelf = new InferenceRequest
        {
            ItemIds = history,
            Types = [.. history.Select(_ => EventType.View)],
            Timestamps = [.. history.Select((_, i) => i * 60_000L)],
            Now = history.Length * 60_000L,
            UserId = "shopper",
            Count = 20,
            Exclude = history,
            Budget = TimeSpan.FromSeconds(10),
        };
        _rank = _shelf with { Candidates = [.. Enumerable.Range(1, 20).Select(i => package.Vocabulary[i * 31])] };
        _churn = _shelf with { Count = 0, Exclude = [] };
    }

    /// <summary>Frees it.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
        GC.SuppressFinalize(this);
    }

    /// <summary>Twenty items.</summary>
    [Benchmark]
    public async Task<int> Shelf() => (await _engine.TryInferAsync(_shelf, CancellationToken.None))!.Candidates.Length;

    /// <summary>Twenty candidates in order.</summary>
    [Benchmark]
    public async Task<int> Rank() => (await _engine.TryInferAsync(_rank, CancellationToken.None))!.Candidates.Length;

    /// <summary>Churn alone.</summary>
    [Benchmark]
    public async Task<double> Churn() => (await _engine.TryInferAsync(_churn, CancellationToken.None))!.Churn!.Probability;
}
