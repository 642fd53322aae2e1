using System.Diagnostics;
using Personalization.Inference;
using Personalization.Inference.Engine;

namespace Personalization.Benchmarks.Inference;

/// <summary>
/// The floor of latency: the engine's own queue and plan in virtual time, where nothing but runs of the model takes any, and each takes what it took alone on the
/// machine a moment ago. What a measured engine takes beyond it is threads, answers and the machine.
/// </summary>
/// <param name="lengths">Of the histories, in the order in which they ask.</param>
/// <param name="buckets">The model's length classes.</param>
/// <param name="options">The engine's.</param>
/// <param name="run">Runs the model over so many rows of a length.</param>
internal sealed class VirtualEngine(IReadOnlyList<int> lengths, LengthBuckets buckets, InferenceOptions options, Action<int, int> run)
{
    private const int Tries = 15;

    // Ticks of a run of so many rows of each class, medians.
    private readonly long[][] _took = [.. Enumerable.Range(0, buckets.Count).Select(bucket =>
        Enumerable.Range(0, options.MaxBatch + 1).Select(rows => rows == 0 ? 0 : MedianOf(() => run(rows, buckets[bucket]))).ToArray())];

    /// <summary>Random arrivals (Poisson), one worker.</summary>
    /// <param name="perSecond">The rate.</param>
    /// <param name="span">How long.</param>
    public (Outcome Outcome, double RunMilliseconds, string Runs) Play(double perSecond, TimeSpan span)
    {
        var (outcome, runs, ran) = (new Outcome(perSecond, span) { Seconds = span.TotalSeconds }, 0, 0L);
        var clock = new VirtualTime();
        var queue = new RequestQueue(buckets.Count, CostOfRuns(), options, clock);
        var (batch, late) = (new InferenceJob[options.MaxBatch], new List<InferenceJob>());
        using var due = Arrivals.Poisson(perSecond, span).GetEnumerator();
        var comes = due.MoveNext();
        while (comes || !queue.IsEmpty)
        {
            if (queue.IsEmpty)
            {
                clock.Now = due.Current.Ticks;
                Arrive();
            }

            var began = clock.Now;
            var count = queue.Take(0, batch, late, wait: false);
            var took = count > 0 ? _took[InferenceJob.LongestBucket(batch.AsSpan(0, count))][count] : 0;
            for (var ended = began + took; comes && due.Current.Ticks <= ended;)
            {
                clock.Now = due.Current.Ticks;
                Arrive();
            }

            clock.Now = began + took;
            (runs, ran) = (runs + 1, ran + took);
            foreach (var job in batch.AsSpan(0, count))
            {
                outcome.Add(Milliseconds(clock.Now - job.EnqueuedAt), 0, new Reply(Reply.Model, Milliseconds(began - job.EnqueuedAt), Milliseconds(took)));
            }
        }

        return (outcome, Milliseconds(ran) / runs, $"of {outcome.Sent / (double)runs:0.0} rows");

        void Arrive()
        {
            var job = new InferenceJob(buckets[buckets.Count - 1]) { EnqueuedAt = clock.Now, Deadline = long.MaxValue, Bucket = buckets.Of(lengths[outcome.Sent++ % lengths.Count]) };
            _ = queue.TryAdd(job);
            comes = due.MoveNext();
        }
    }

    private static double Milliseconds(long ticks) => TimeSpan.FromTicks(ticks).TotalMilliseconds;

    private RunCost CostOfRuns()
    {
        var cost = new RunCost(buckets.Count);
        for (var bucket = 0; bucket < buckets.Count; bucket++)
        {
            for (var rows = 1; rows <= options.MaxBatch; rows++)
            {
                cost.Add(bucket, rows, _took[bucket][rows], at: 0);
            }
        }

        return cost;
    }

    private static long MedianOf(Action run)
    {
        run();
        return (long)Statistics.Median(Enumerable.Range(0, Tries).Select(_ =>
        {
            var started = Stopwatch.GetTimestamp();
            run();
            return (double)Stopwatch.GetElapsedTime(started).Ticks;
        }));
    }

    private sealed class VirtualTime : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now;
    }
}
