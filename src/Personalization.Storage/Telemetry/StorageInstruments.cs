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
        _batchSize = meter.CreateHistogram<int>(TelemetryNames.StorageBatchSize, "{row}", "Rows per statement.");
        _duration = meter.CreateHistogram<double>(TelemetryNames.StorageDuration, "s", "Duration of a statement.");
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
