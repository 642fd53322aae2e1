using System.Diagnostics.Metrics;
using Personalization.Models;
using Personalization.Telemetry;

namespace Personalization.Inference;

/// <summary>What a silo's engines measure.</summary>
internal sealed class InferenceInstruments
{
    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    };

    private static readonly InstrumentAdvice<double> Shares = new()
    {
        HistogramBucketBoundaries = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
    };

    private readonly Histogram<int> _batchSize;
    private readonly Histogram<double> _run;
    private readonly Histogram<double> _queue;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _reused;
    private readonly Histogram<double> _overlap;
    private readonly Histogram<double> _churn;
    private readonly Counter<long> _unanswered;

    public InferenceInstruments(IMeterFactory meters)
    {
        var meter = meters.Create(TelemetryNames.Source);
        _batchSize = meter.CreateHistogram(
            TelemetryNames.InferenceBatchSize,
            "{request}",
            "Requests in one run of the model.",
            tags: null,
            new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256] });
        _run = meter.CreateHistogram(TelemetryNames.InferenceRunDuration, "s", "One run of the model.", tags: null, Seconds);
        _queue = meter.CreateHistogram(TelemetryNames.InferenceQueueDuration, "s", "A request in the queue.", tags: null, Seconds);
        _rejected = meter.CreateCounter<long>(TelemetryNames.InferenceRejected, "{request}", "Requests answered without a score.");
        _reused = meter.CreateCounter<long>(TelemetryNames.InferenceReused, "{request}", "Requests answered from the last run for the same input.");
        _overlap = meter.CreateHistogram(
            TelemetryNames.InferenceChallengerOverlap, "1", "Share of the ten best items that challenger and champion have in common.", tags: null, Shares);
        _churn = meter.CreateHistogram(
            TelemetryNames.InferenceChallengerChurn, "1", "How far the churn probabilities of challenger and champion are apart.", tags: null, Shares);
        _unanswered = meter.CreateCounter<long>(
            TelemetryNames.InferenceChallengerUnanswered, "{request}", "Requests of the challenger's shoppers that the champion answered in its place.");
    }

    /// <summary>What the engine of one model measures, under its name.</summary>
    /// <param name="model">The model.</param>
    public ModelInstruments Of(ModelRef model) => new(this, model);

    /// <summary>Counts a request that found no engine.</summary>
    public void NoEngine() => _rejected.Add(1, ReasonTag(InferenceStatus.NoModel), new("stage", "host"));

    public void Ran(int batch, TimeSpan duration, KeyValuePair<string, object?> model)
    {
        _batchSize.Record(batch, model);
        _run.Record(duration.TotalSeconds, model);
    }

    public void Reused(KeyValuePair<string, object?> model) => _reused.Add(1, model);

    public void Queued(TimeSpan duration, KeyValuePair<string, object?> model) => _queue.Record(duration.TotalSeconds, model);

    public void Rejected(InferenceStatus reason, string stage, KeyValuePair<string, object?> model) => _rejected.Add(1, ReasonTag(reason), new("stage", stage), model);

    public void Overlaps(double share, KeyValuePair<string, object?> model) => _overlap.Record(share, model);

    public void ChurnDiffers(double difference, KeyValuePair<string, object?> model) => _churn.Record(difference, model);

    public void Unanswered(InferenceStatus reason, KeyValuePair<string, object?> model) => _unanswered.Add(1, ReasonTag(reason), model);

    private static KeyValuePair<string, object?> ReasonTag(InferenceStatus status) => new("reason", status.TagValue());
}
