using System.Diagnostics.Metrics;
using Personalization.Telemetry;

namespace Personalization.Storage;

/// <summary>Batch sizes and durations of the users' table.</summary>
internal sealed class StorageInstruments
{
    private static readonly KeyValuePair<string, object?> ReadTag = new("operation", "read");
    private static readonly KeyValuePair<string, object?> ClaimTag = new("operation", "claim");
    private static readonly KeyValuePair<string, object?> WriteTag = new("operation", "write");
    private readonly Histogram<int> _batchSize;
    private readonly Histogram<double> _duration;

    public StorageInstruments(IMeterFactory factory)
    {
        var meter = factory.Create(TelemetryNames.Source);
        _batchSize = meter.CreateHistogram(
            TelemetryNames.StorageBatchSize,
            "{row}",
            "Rows per statement.",
            // As far as StorageOptions.MaxBatch may go.
            advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096] });
        _duration = meter.CreateHistogram(
            TelemetryNames.StorageDuration,
            "s",
            "Duration of a statement.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
            });
    }

    public void Read(int rows, TimeSpan elapsed) => Record(rows, elapsed, ReadTag);

    public void Claimed(int rows, TimeSpan elapsed) => Record(rows, elapsed, ClaimTag);

    public void Written(int rows, TimeSpan elapsed) => Record(rows, elapsed, WriteTag);

    private void Record(int rows, TimeSpan elapsed, KeyValuePair<string, object?> operation)
    {
        _batchSize.Record(rows, operation);
        _duration.Record(elapsed.TotalSeconds, operation);
    }
}
