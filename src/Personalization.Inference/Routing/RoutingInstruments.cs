using System.Diagnostics.Metrics;
using Personalization.Telemetry;

namespace Personalization.Inference.Routing;

/// <summary>What a silo measures of the other silos' engines that it asks. Names no silo: an address is new with each start.</summary>
internal sealed class RoutingInstruments
{
    private static readonly KeyValuePair<string, object?> First = new("attempt", "first");
    private static readonly KeyValuePair<string, object?> Retry = new("attempt", "retry");
    private static readonly KeyValuePair<string, object?> Ready = new("state", "ready");
    private static readonly KeyValuePair<string, object?> Resting = new("state", "resting");

    private readonly Histogram<double> _duration;
    private readonly Histogram<int> _callSize;
    private Func<int> _ready = static () => 0;
    private Func<int> _resting = static () => 0;

    public RoutingInstruments(IMeterFactory meters)
    {
        var meter = meters.Create(TelemetryNames.Source);
        _duration = meter.CreateHistogram(
            TelemetryNames.InferenceRemoteDuration,
            "s",
            "What another silo's engine is asked, until its answer or the end of the wait.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5] });
        _callSize = meter.CreateHistogram(
            TelemetryNames.InferenceRemoteCallSize,
            "{request}",
            "Requests that share a call to another silo's engine.",
            advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64] });
        meter.CreateObservableGauge(
            TelemetryNames.InferenceRemoteSilos,
            () => new Measurement<int>[] { new(_ready(), Ready), new(_resting(), Resting) },
            "{silo}",
            "The other silos with an engine.");
    }

    /// <summary>Says where the observed figures come from.</summary>
    /// <param name="ready">How many silos are asked.</param>
    /// <param name="resting">How many are avoided for a moment.</param>
    public void Observe(Func<int> ready, Func<int> resting) => (_ready, _resting) = (ready, resting);

    public void Called(int requests) => _callSize.Record(requests);

    /// <summary>Takes down one request.</summary>
    /// <param name="operation"><c>infer</c> or <c>similar</c>.</param>
    /// <param name="retry">Whether another silo was asked before.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="duration">How long that took.</param>
    public void Asked(string operation, bool retry, string outcome, TimeSpan duration) =>
        _duration.Record(duration.TotalSeconds, new("operation", operation), retry ? Retry : First, new("outcome", outcome));
}
