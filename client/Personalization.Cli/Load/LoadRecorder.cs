using HdrHistogram;

namespace Personalization.Cli.Load;

/// <summary>Gathers what a load run measures: HdrHistograms of 1 µs to 10 minutes with three digits. Thread-safe.</summary>
internal sealed class LoadRecorder
{
    /// <summary>From the moment a trial was due to its end, failed ones too.</summary>
    public const string Total = "total";

    /// <summary>What is due while as many trials are open as may be: not sent, without a time.</summary>
    public const string TooManyOpen = "too_many_open";

    private const long HighestMicroseconds = 600_000_000;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LongHistogram> _parts = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _errors = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _sources = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _fallbacks = new(StringComparer.Ordinal);
    private long _stale;

    /// <summary>Adds a measurement.</summary>
    /// <param name="part">What was measured.</param>
    /// <param name="time">How long it took.</param>
    public void Add(string part, TimeSpan time)
    {
        lock (_lock)
        {
            if (!_parts.TryGetValue(part, out var histogram))
            {
                _parts[part] = histogram = new LongHistogram(HighestMicroseconds, 3);
            }

            histogram.RecordValue(Math.Clamp((long)time.TotalMicroseconds, 1, HighestMicroseconds));
        }
    }

    /// <summary>Counts a failed trial.</summary>
    /// <param name="kind">What went wrong.</param>
    public void Fail(string kind) => Count(_errors, kind);

    /// <summary>Counts an answer.</summary>
    /// <param name="source">What made it.</param>
    /// <param name="fallback">Why it was not the model, or null.</param>
    /// <param name="stale">Whether it did not know the event that it was asked to know.</param>
    public void Answered(string source, string? fallback, bool stale)
    {
        Count(_sources, source);
        if (fallback is not null)
        {
            Count(_fallbacks, fallback);
        }

        if (stale)
        {
            Interlocked.Increment(ref _stale);
        }
    }

    /// <summary>What was gathered.</summary>
    /// <param name="options">The run.</param>
    /// <param name="elapsed">How long trials were measured.</param>
    /// <returns>The report.</returns>
    public LoadReport Report(LoadOptions options, TimeSpan elapsed)
    {
        lock (_lock)
        {
            LatencyRow[] rows = [.. _parts.OrderBy(part => part.Key == Total ? 0 : 1).ThenBy(part => part.Key, StringComparer.Ordinal).Select(part => Row(part.Key, part.Value))];
            var trials = _parts.TryGetValue(Total, out var total) ? total.TotalCount : 0;
            return new LoadReport
            {
                Options = options,
                Seconds = Math.Round(elapsed.TotalSeconds, 3),
                Trials = trials,
                TrialsPerSecond = elapsed > TimeSpan.Zero ? Math.Round(trials / elapsed.TotalSeconds, 1) : 0,
                Latencies = rows,
                Stale = Interlocked.Read(ref _stale),
                Errors = new SortedDictionary<string, long>(_errors, StringComparer.Ordinal),
                Sources = new SortedDictionary<string, long>(_sources, StringComparer.Ordinal),
                FallbackReasons = new SortedDictionary<string, long>(_fallbacks, StringComparer.Ordinal),
            };
        }
    }

    private static LatencyRow Row(string part, LongHistogram histogram) => new(
        part, histogram.TotalCount, Milliseconds(histogram.GetMean()), At(histogram, 50), At(histogram, 90), At(histogram, 95), At(histogram, 99), At(histogram, 99.9), At(histogram, 100));

    private static double At(LongHistogram histogram, double percentile) => Milliseconds(histogram.GetValueAtPercentile(percentile));

    private static double Milliseconds(double microseconds) => Math.Round(microseconds / 1000.0, 2);

    private void Count(SortedDictionary<string, long> counts, string name)
    {
        lock (_lock)
        {
            counts[name] = counts.GetValueOrDefault(name) + 1;
        }
    }
}
