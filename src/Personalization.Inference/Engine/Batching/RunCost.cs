namespace Personalization.Inference.Engine;

/// <summary>
/// What a run of n rows of one length class takes: t(n) = fixed + n * perRow for each class, a least-squares fit that forgets (as in
/// BentoML's dispatcher, with a line for each length). Warm-up makes the first fit, every run refines it. Thread-safe.
/// </summary>
/// <param name="buckets">Number of length classes.</param>
internal sealed class RunCost(int buckets)
{
    /// <summary>Weight of what was known when a run is added: about the last 100 runs count.</summary>
    private const double Memory = 0.99;

    /// <summary>
    /// A run is taken in as at most so many times what was expected: one pause of the machine is not a slower model. No pause makes a run shorter, so one that
    /// took so many times less shows that all that was known is of a slower machine.
    /// </summary>
    private const double MostSurprise = 4;

    private readonly Lock _lock = new();
    private readonly Fit[] _fits = new Fit[buckets];
    private readonly Line?[] _lines = new Line?[buckets];
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
            ref var fit = ref _fits[bucket];
            var expected = fit.Weight > 0 ? Math.Max(fit.ToLine().At(rows), 1) : ticks;
            if (ticks * MostSurprise < expected)
            {
                fit = fit.Scaled(ticks / expected);
            }

            fit = fit.With(rows, Math.Min(ticks, MostSurprise * expected));
            Volatile.Write(ref _lines[bucket], fit.ToLine());
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

        public Fit Scaled(double factor) => this with { T = T * factor, NT = NT * factor };

        public Line ToLine()
        {
            var (meanN, meanT) = (N / Weight, T / Weight);
            var spread = (NN / Weight) - (meanN * meanN);
            var slope = spread > 1e-6 ? ((NT / Weight) - (meanN * meanT)) / spread : meanT / meanN;

            // A line through noise may fall, or start below zero; the time of a run does neither.
            slope = Math.Clamp(slope, 0, meanT / meanN);
            return new Line(meanT - (slope * meanN), slope);
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
