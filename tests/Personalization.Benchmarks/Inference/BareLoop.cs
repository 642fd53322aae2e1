using System.Diagnostics;
using Personalization.Inference;
using Personalization.Inference.Encoding;
using Personalization.Inference.Engine;
using Personalization.Inference.Packages;

namespace Personalization.Benchmarks.Inference;

/// <summary>
/// The limit: ONNX Runtime over rows that are encoded and sorted into full batches of one length class beforehand. It writes the rows,
/// runs, and looks at nothing.
/// </summary>
internal sealed class BareLoop : IDisposable
{
    private readonly IModelRunner _runner;
    private readonly LengthBuckets _buckets;
    private readonly EncodedSequence[] _rows;
    private readonly Dictionary<int, (int Length, EncodedSequence[] Rows)[]> _batches;
    private readonly int _maxBatch;

    public BareLoop(IModelRunnerFactory runners, ModelPackage package, Shoppers shoppers, int[] sizes)
    {
        _runner = runners.Open(package);
        (Sizes, _maxBatch) = (sizes, sizes[^1]);
        var encoder = new SequenceEncoder(package);
        _buckets = new LengthBuckets(package.Manifest.MaxLength);
        _rows = [.. shoppers.Questions.Select(Encode)];
        _batches = Sizes.ToDictionary(size => size, BatchesOf);

        (int, EncodedSequence[])[] BatchesOf(int size)
        {
            var batches = _rows.GroupBy(row => _buckets[_buckets.Of(row.Length)])
                .SelectMany(group => group.Chunk(size).Select(rows => (group.Key, rows))).ToArray();
            new Random(1).Shuffle(batches);
            return batches;
        }

        EncodedSequence Encode(InferenceRequest question)
        {
            var row = new EncodedSequence(package.Manifest.MaxLength, package.Manifest.Totals.Length);
            encoder.Encode(question, row);
            return row;
        }
    }

    /// <summary>Rows of a batch that can be measured, fewest first: which is the quickest depends on the caches.</summary>
    public int[] Sizes { get; }

    /// <summary>Rows a second with so many threads and rows of a batch, and the processor time of a row, microseconds.</summary>
    public (double PerSecond, double CpuMicroseconds) Measure(int threads, int size, TimeSpan span)
    {
        var cpu = Environment.CpuUsage.TotalTime;
        var counts = new long[threads];
        var all = Enumerable.Range(0, threads).Select(number => new Thread(() => counts[number] = Run(number, size, span))).ToArray();
        var started = Stopwatch.GetTimestamp();
        Array.ForEach(all, thread => thread.Start());
        Array.ForEach(all, thread => thread.Join());
        var rows = (double)counts.Sum();
        return (rows / Stopwatch.GetElapsedTime(started).TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / rows);
    }

    /// <summary>Single runs, made as requests are, on the thread that makes them: it wakes as late for them as for requests.</summary>
    public async Task<Outcome> MeasureSingle(double perSecond, TimeSpan span)
    {
        using var slot = CreateSlot();
        var batches = _batches[_maxBatch];
        return await new Load(AskAsync).OpenAsync(perSecond, span);

        Task<Reply> AskAsync(int number)
        {
            var (length, rows) = batches[number % batches.Length];
            RunOver(slot, rows.AsSpan(0, 1), length);
            return Task.FromResult(new Reply(Reply.Model));
        }
    }

    /// <summary>Random arrivals (Poisson), and one thread that takes whatever has come into a run, padded to the longest: no queue, no other thread and no plan.</summary>
    public async Task<(Outcome Outcome, double RunMilliseconds, string Runs)> MeasureOpen(double perSecond, TimeSpan span)
    {
        var (outcome, runs, ran) = (new Outcome(perSecond, span) { Seconds = span.TotalSeconds }, 0, 0.0);
        await Task.Factory.StartNew(Serve, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return (outcome, ran / runs, $"of {outcome.Sent / (double)runs:0.0} rows");

        void Serve()
        {
            using var slot = CreateSlot();
            PreciseSleep.SharpenFor(perSecond);
            var due = Arrivals.Poisson(perSecond, span).ToArray();
            var started = Stopwatch.GetTimestamp();
            while (outcome.Sent < due.Length)
            {
                var now = Stopwatch.GetElapsedTime(started);
                if (due[outcome.Sent] > now)
                {
                    PreciseSleep.For(due[outcome.Sent] - now);
                    now = Stopwatch.GetElapsedTime(started);
                }

                var first = outcome.Sent;
                var rows = 1;
                while (rows < _maxBatch && first + rows < due.Length && due[first + rows] <= now)
                {
                    rows++;
                }

                EncodedSequence[] batch = [.. Enumerable.Range(first, rows).Select(i => _rows[i % _rows.Length])];
                RunOver(slot, batch, _buckets[_buckets.Of(batch.Max(row => row.Length))]);
                outcome.Sent += rows;
                var ended = Stopwatch.GetElapsedTime(started);
                (runs, ran) = (runs + 1, ran + (ended - now).TotalMilliseconds);
                for (var i = first; i < first + rows; i++)
                {
                    outcome.Add((ended - due[i]).TotalMilliseconds, 0, new Reply(Reply.Model, (now - due[i]).TotalMilliseconds, (ended - now).TotalMilliseconds));
                }
            }
        }
    }

    /// <summary>The same arrivals in virtual time, through the queue and the plan of an engine whose runs take what they take here, one after the other.</summary>
    public Task<(Outcome Outcome, double RunMilliseconds, string Runs)> PlayVirtual(double perSecond, TimeSpan span, InferenceOptions options)
    {
        using var slot = CreateSlot();
        var engine = new VirtualEngine([.. _rows.Select(row => row.Length)], _buckets, options, (rows, length) =>
        {
            var bucket = _buckets.Of(length);
            RunOver(slot, [.. Repeat(_rows.Where(row => _buckets.Of(row.Length) == bucket), rows)], length);
        });
        return Task.FromResult(engine.Play(perSecond, span));
    }

    public void Dispose() => _runner.Dispose();

    private static IEnumerable<EncodedSequence> Repeat(IEnumerable<EncodedSequence> rows, int count) =>
        Enumerable.Repeat(rows, count).SelectMany(static all => all).Take(count);

    private static void RunOver(IModelSlot slot, ReadOnlySpan<EncodedSequence> rows, int length)
    {
        for (var row = 0; row < rows.Length; row++)
        {
            rows[row].Write(slot.Buffers, row, length);
        }

        slot.Run(rows.Length, length, allScores: false);
    }

    // A graph that chooses items chooses among all.
    private IModelSlot CreateSlot()
    {
        var slot = _runner.CreateSlot(_maxBatch);
        Array.Fill(slot.Buffers.Eligible, true);
        return slot;
    }

    private long Run(int number, int size, TimeSpan span)
    {
        var batches = _batches[size];
        using var slot = CreateSlot();
        var (served, started) = (0L, Stopwatch.GetTimestamp());
        for (var i = number; Stopwatch.GetElapsedTime(started) < span; i++)
        {
            var (length, rows) = batches[i % batches.Length];
            RunOver(slot, rows, length);
            served += rows.Length;
        }

        return served;
    }
}
