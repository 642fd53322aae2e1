using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Personalization.Benchmarks.Inference;
using Personalization.Catalog;
using Personalization.Events;
using Personalization.Inference;
using Personalization.Inference.Engine;

namespace Personalization.Benchmarks.Catalogue;

/// <summary>Asks the engine itself: queue, batches, eligibility, scoring and answers, over a graph that costs next to nothing.</summary>
internal sealed class EngineCatalogue(SyntheticItems items, InferenceOptions options, TimeSpan span)
{
    private const int Callers = 64;
    private const int Questions = 512;

    /// <summary>Runs and prints.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Completes when printed.</returns>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var model = new StandInModel(items);
        await using var engine = new InferenceEngine(
            model.Package,
            model,
            new ItemCatalog(),
            options,
            TimeProvider.System,
            new InferenceInstruments(services.GetRequiredService<IMeterFactory>()),
            NullLogger<InferenceEngine>.Instance);
        engine.WarmUp();
        engine.Start();
        var questions = Enumerable.Range(0, Questions).Select(_ => Ask(items.NextHistory())).ToArray();
        var alone = await MeasureAsync(engine, questions, 1, cancellationToken);
        var many = await MeasureAsync(engine, questions, Callers, cancellationToken);
        Console.WriteLine($"  engine, {(items.Count > options.ExactItems ? "8 bits" : "exact")}: one caller {alone.Latencies}, {alone.PerSecond:N0}/s; {Callers} callers {many.Latencies}, {many.PerSecond:N0}/s, {many.Failed} without scores; process {Environment.WorkingSet / 1048576.0:N0} MiB");
    }

    private async Task<(Latencies Latencies, double PerSecond, int Failed)> MeasureAsync(
        InferenceEngine engine, InferenceRequest[] questions, int callers, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        var failed = 0;
        var times = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(
            async () =>
            {
                var own = new List<double>();
                for (var i = caller; Stopwatch.GetElapsedTime(began) < span; i += callers)
                {
                    var started = Stopwatch.GetTimestamp();
                    var answer = await engine.TryInferAsync(questions[i % Questions], cancellationToken);
                    own.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                    if (answer is not { Status: InferenceStatus.Ok, Candidates.Length: 20 })
                    {
                        Interlocked.Increment(ref failed);
                    }
                }

                return own;
            },
            cancellationToken)));
        double[] all = [.. times.SelectMany(own => own)];
        return (new Latencies(all), all.Length / Stopwatch.GetElapsedTime(began).TotalSeconds, failed);
    }

    private static InferenceRequest Ask(int[] history) => new()
    {
        ItemIds = Array.ConvertAll(history, StandInModel.IdOf),
        Types = [.. history.Select(_ => EventType.View)],
        Timestamps = [.. history.Select((_, i) => i * 60_000L)],
        Now = history.Length * 60_000L,
        Count = 20,
        Exclude = Array.ConvertAll(history, StandInModel.IdOf),
        Budget = TimeSpan.FromSeconds(10),
    };
}
