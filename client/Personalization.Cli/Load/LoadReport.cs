using System.Collections.Concurrent;
using HdrHistogram;

namespace Personalization.Cli.Load;

/// <summary>Gathers what a load run measures. Thread-safe.</summary>
internal sealed class LoadReport
{
    private const long HighestMicroseconds = 60_000_000;
    private readonly Lock _lock = new();
    private readonly LongHistogram _total = new(HighestMicroseconds, 3);
    private readonly LongHistogram _event = new(HighestMicroseconds, 3);
    private readonly LongHistogram _shelf = new(HighestMicroseconds, 3);

    public ConcurrentDictionary<string, int> Errors { get; } = new(StringComparer.Ordinal);

    public ConcurrentDictionary<string, int> Sources { get; } = new(StringComparer.Ordinal);

    public int Stale { get; private set; }

    public long Count => _total.TotalCount;

    /// <summary>Adds one trial.</summary>
    /// <param name="total">From the intended arrival to the shelf.</param>
    /// <param name="click">The event's part, if any.</param>
    /// <param name="shelf">The recommendation's part.</param>
    /// <param name="stale">Whether the answer did not know the click.</param>
    public void Add(TimeSpan total, TimeSpan? click, TimeSpan shelf, bool stale)
    {
        lock (_lock)
        {
            Record(_total, total);
            Record(_shelf, shelf);
            if (click is { } time)
            {
                Record(_event, time);
            }

            Stale += stale ? 1 : 0;
        }
    }

    /// <summary>Percentiles of the parts.</summary>
    /// <returns>Name and percentiles; only what was measured.</returns>
    public IReadOnlyList<LatencyRow> Rows()
    {
        lock (_lock)
        {
            return [.. new (string Name, LongHistogram Histogram)[] { ("total", _total), ("event", _event), ("shelf", _shelf) }
                .Where(part => part.Histogram.TotalCount > 0)
                .Select(part => new LatencyRow(part.Name, part.Histogram.TotalCount, At(part.Histogram, 50), At(part.Histogram, 90), At(part.Histogram, 99), At(part.Histogram, 99.9), At(part.Histogram, 100)))];
        }
    }

    private static double At(LongHistogram histogram, double percentile) => Math.Round(histogram.GetValueAtPercentile(percentile) / 1000.0, 2);

    private static void Record(LongHistogram histogram, TimeSpan value) =>
        histogram.RecordValue(Math.Clamp((long)value.TotalMicroseconds, 1, HighestMicroseconds));
}
