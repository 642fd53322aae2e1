namespace Personalization.Inference.Engine;

/// <summary>
/// What a run of n rows of one length class takes: t(n) = pace * (fixed + n * perRow) for each class, a least-squares fit that forgets (as in BentoML's dispatcher,
/// with a line for each length). Warm-up makes the first fit, every run refines it. The pace follows the machine within some dozens of runs; how a run's time divides
/// into what is fixed and what rows take is the model's, and is kept for about a thousand: under load runs are of nearly one size, and show little of it.
/// Thread-safe.
/// </summary>
/// <param name="buckets">Number of length classes.</param>
internal sealed class RunCost(int buckets)
{
    /// <summary>Weight of what was known of the line when a run is added.</summary>
    private const double Memory = 0.999;

    /// <summary>Weight of what was known of the pace.</summary>
    private const double PaceMemory = 0.98;

    /// <summary>Where the rows of runs vary by less than this, rows squared, they do not show how their time divides: it goes on being divided as before.</summary>
    private const double LeastVariance = 1;

    /// <summary>
    /// A run is taken in as at most so many times what was expected: one pause of the machine is not a slower model. No pause makes a run shorter, so one that
    /// took so many times less shows that all that was known is of a slower machine.
    /// </summary>
    private const double MostSurprise = 4;

    private readonly Lock _lock = new();
    private readonly Fit[] _fits = new Fit[buckets];
    private readonly Line?[] _lines = new Line?[buckets];
    private readonly double[] _paces = new double[buckets];
    private readonly long[] _learned = new long[buckets];

    /// <summary>Takes a run in.</summary>
    /// <param name="bucket">Its length class.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="ticks">What it took, in timestamp ticks.</param>
    /// <param name="at">When it ended, a timestamp.</param>
    public void Add(int bucket, int rows, long ticks, long at)
    {
        lock (_lock)
        {
            ref var pace = ref _paces[bucket];
            ref var line = ref _lines[bucket];
            var took = (double)ticks;
            if (line is null)
            {
                pace = 1;
            }
            else
            {
                var expected = Math.Max(line.At(rows), 1);
                took = Math.Min(ticks, MostSurprise * expected);
                var times = took / expected;
                pace *= times * MostSurprise < 1 ? times : PaceMemory + ((1 - PaceMemory) * times);
            }

            _fits[bucket] = _fits[bucket].With(rows, took / pace);
            Volatile.Write(ref line, _fits[bucket].ToLine(pace, line));
            Volatile.Write(ref _learned[bucket], at);
        }
    }

    /// <summary>What a run will take.</summary>
    /// <param name="bucket">Its length class.</param>
    /// <param name="rows">Its rows.</param>
    /// <returns>Timestamp ticks; 0 while nothing is known.</returns>
    public long Of(int bucket, int rows) => Volatile.Read(ref _lines[bucket]) is { } line ? (long)line.At(rows) : 0;

    /// <summary>What is queued in a class takes, run after run.</summary>
    /// <param name="bucket">The class.</param>
    /// <param name="rows">Rows that wait.</param>
    /// <param name="maxBatch">Most rows of a run.</param>
    /// <param name="longestRun">Most that a run of more than one row may take, timestamp ticks.</param>
    /// <returns>Timestamp ticks.</returns>
    public long OfBacklog(int bucket, int rows, int maxBatch, long longestRun)
    {
        if (rows == 0 || Volatile.Read(ref _lines[bucket]) is not { } line)
        {
            return 0;
        }

        var most = line.RowsWithin(longestRun, maxBatch);
        var (full, rest) = Math.DivRem(rows, most);
        return (long)((full * line.At(most)) + (rest > 0 ? line.At(rest) : 0));
    }

    /// <summary>When a run last showed what a class takes.</summary>
    /// <param name="bucket">The class.</param>
    /// <returns>A timestamp; 0 while nothing is known.</returns>
    public long LearnedAt(int bucket) => Volatile.Read(ref _learned[bucket]);

    // Decayed sums over runs of n rows that took t.
    private readonly record struct Fit(double Weight, double N, double NN, double T, double NT)
    {
        public Fit With(double n, double t) =>
            new((Weight * Memory) + 1, (N * Memory) + n, (NN * Memory) + (n * n), (T * Memory) + t, (NT * Memory) + (n * t));

        public Line ToLine(double pace, Line? before)
        {
            var (meanN, meanT) = (N / Weight, T / Weight);
            var variance = (NN / Weight) - (meanN * meanN);
            var covariance = (NT / Weight) - (meanN * meanT);
            var slope = before is null ? meanT / meanN : (covariance + (LeastVariance * before.PerRow * meanT / before.At(meanN))) / (variance + LeastVariance);

            // A line through noise may fall, or start below zero; the time of a run does neither.
            slope = Math.Clamp(slope, 0, meanT / meanN);
            return new Line(pace * (meanT - (slope * meanN)), pace * slope);
        }
    }

    // What is asked for with every request; replaced as a whole.
    private sealed record Line(double Fixed, double PerRow)
    {
        public double At(double n) => Fixed + (PerRow * n);

        // At least one, however long it takes.
        public int RowsWithin(double ticks, int most) => PerRow > 0 ? (int)Math.Clamp((ticks - Fixed) / PerRow, 1, most) : most;
    }
}
