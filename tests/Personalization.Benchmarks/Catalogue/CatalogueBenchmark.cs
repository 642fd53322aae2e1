using System.Collections.Immutable;
using System.Diagnostics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Personalization.Inference;
using Personalization.Inference.Engine;
using Personalization.Inference.Retrieval;
using Personalization.Inference.Scoring;

namespace Personalization.Benchmarks.Catalogue;

/// <summary>Measures one catalogue. The raw scan, one product for each item and nothing kept, is the limit and what is best by it the truth.</summary>
internal sealed class CatalogueBenchmark(SyntheticItems items, int users, TimeSpan span)
{
    private const int Best = 20;
    private const double Mebibyte = 1048576;

    private readonly float[] _users = [.. Enumerable.Range(0, users).SelectMany(_ => items.NextUser())];
    private readonly InferenceOptions _options = new();

    /// <summary>Runs and prints.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Completes when printed.</returns>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Console.WriteLine($"{items.Count:N0} items of {items.Dimension} dimensions, {users} shoppers, best {Best}, one thread; vectors {items.Vectors.LongLength * 4 / Mebibyte:0.0} MiB");
        Console.WriteLine("                               1 row    32 rows      rows/s   tiles     recall@10  recall@20");
        var truth = Raw();
        cancellationToken.ThrowIfCancellationRequested();
        Stock("ONNX Runtime, float", rounded: false, truth);
        Stock("ONNX Runtime, 8 bits alone", rounded: true, truth);
        cancellationToken.ThrowIfCancellationRequested();
        Scored("exact, float", new FloatTiles(items.Vectors, items.Biases, items.Dimension), _options, truth);
        cancellationToken.ThrowIfCancellationRequested();
        var bytes = new ByteTiles(items.Vectors, items.Biases, items.Dimension);
        Scored("8 bits, best again exactly", bytes, _options, truth);
        Scored("8 bits alone", bytes, new InferenceOptions { OverFetch = 1, LeastFetch = 1 }, truth);
        await new EngineCatalogue(items, _options, span).RunAsync(cancellationToken);
        Console.WriteLine();
    }

    private int[][] Raw()
    {
        var scores = new float[items.Count + 1];
        var truth = new int[users][];
        var times = new List<double>();
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < span;)
        {
            Scan(_users.AsSpan(0, items.Dimension), scores);
        }

        for (var user = 0; user < users; user++)
        {
            var vector = _users.AsSpan(user * items.Dimension, items.Dimension);
            var started = Stopwatch.GetTimestamp();
            Scan(vector, scores);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            var (best, bestScores) = (new int[Best], new float[Best]);
            var heap = new TopHeap(best, bestScores);
            for (var index = 1; index <= items.Count; index++)
            {
                heap.Offer(index, scores[index]);
            }

            heap.Sort();
            truth[user] = best;
        }

        Console.WriteLine($"  {"raw scan of the floats",-26}{Statistics.Median(times),7:0.000} ms{"",17}{1000 / Statistics.Median(times),9:N0}{"",11}{1,11:0.0000}{1,11:0.0000}");
        return truth;
    }

    // Compiled at its best from the first call on: it is the limit.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Scan(ReadOnlySpan<float> user, float[] scores)
    {
        for (var index = 1; index < scores.Length; index++)
        {
            scores[index] = TensorPrimitives.Dot(user, items.Vectors.AsSpan(index * items.Dimension, items.Dimension)) + items.Biases[index];
        }
    }

    private void Stock(string name, bool rounded, int[][] truth)
    {
        using var graph = new ProductGraph(items, Best, rounded);
        var (ten, twenty) = (0, 0);
        for (var user = 0; user < users; user++)
        {
            var best = graph.Run(_users[(user * items.Dimension)..((user + 1) * items.Dimension)]);
            ten += best[..10].Intersect(Array.ConvertAll(truth[user][..10], index => (long)index)).Count();
            twenty += best.Intersect(Array.ConvertAll(truth[user], index => (long)index)).Count();
        }

        var (one, full) = (Time(1), Time(_options.MaxBatch));
        Print(name, one, full, null, ten, twenty);

        double Time(int rows) => TimeOf(rows, at => graph.Run(_users[(at * items.Dimension)..((at + rows) * items.Dimension)]));
    }

    private void Print(string name, double one, double full, long? bytes, int ten, int twenty) => Console.WriteLine(
        $"  {name,-26}{one,7:0.000} ms {full,7:0.000} ms{1000 * _options.MaxBatch / full,14:N0}{(bytes is { } size ? $"{size / Mebibyte:0.0} MiB" : ""),11}{ten / (10.0 * users),11:0.0000}{twenty / (double)(Best * users),11:0.0000}");

    // Median of calls over so many rows, ms.
    private double TimeOf(int rows, Action<int> score)
    {
        var times = new List<double>();
        for (var (at, began) = (0, Stopwatch.GetTimestamp()); Stopwatch.GetElapsedTime(began) < span; at = (at + 1) % (users - rows + 1))
        {
            var started = Stopwatch.GetTimestamp();
            score(at);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return Statistics.Median(times);
    }

    private void Scored(string name, ItemTiles tiles, InferenceOptions options, int[][] truth)
    {
        var scorer = new CatalogueScorer(tiles, items.Vectors, items.Biases, options);
        var jobs = Enumerable.Range(0, options.MaxBatch).Select(_ => Job()).ToArray();
        var (ten, twenty) = (0, 0);
        for (var user = 0; user < users; user++)
        {
            scorer.Score(jobs.AsSpan(0, 1), _users.AsSpan(user * items.Dimension, items.Dimension));
            ten += jobs[0].Best[..10].Intersect(truth[user][..10]).Count();
            twenty += jobs[0].Best[..Best].Intersect(truth[user]).Count();
        }

        Print(name, Time(1), Time(options.MaxBatch), tiles.Bytes, ten, twenty);

        double Time(int rows) => TimeOf(rows, at => scorer.Score(jobs.AsSpan(0, rows), _users.AsSpan(at * items.Dimension, rows * items.Dimension)));
    }

    private InferenceJob Job()
    {
        var available = new ulong[(items.Count + 64) / 64];
        for (var index = 1; index <= items.Count; index++)
        {
            Bits.Set(available, index);
        }

        var job = new InferenceJob(0) { Selection = new Selection(new EligibilityView(0, true, available, ImmutableDictionary<string, CategoryItems>.Empty), [], [], Best) };
        job.Reset(Best);
        return job;
    }
}
