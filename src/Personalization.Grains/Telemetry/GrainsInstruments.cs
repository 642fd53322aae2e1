using System.Diagnostics.Metrics;
using Personalization.Recommendations;
using Personalization.Trending;

namespace Personalization.Telemetry;

/// <summary>What the grains measure.</summary>
internal sealed class GrainsInstruments : IDisposable
{
    private static readonly string[] SourceNames = ["model", "last_good", "similar", "trending", "catalog"];
    private static readonly string[] ReasonNames =
        ["none", "unknown_user", "empty_history", "no_known_items", "deadline", "overload", "no_model", "model_error", "no_eligible_items"];

    private static readonly KeyValuePair<string, object?> Grain = new("path", "grain");
    private static readonly KeyValuePair<string, object?> Rest = new("path", "rest");
    private static readonly KeyValuePair<string, object?> Elsewhere = new("path", "elsewhere");
    private readonly Meter _meter;
    private readonly Histogram<double> _recommendation;
    private readonly Counter<long> _stale;
    private readonly Counter<long> _warnings;
    private readonly Counter<long> _swept;
    private readonly Gauge<double> _sweepLag;
    private readonly UpDownCounter<long> _active;
    private readonly UpDownCounter<long> _resting;
    private readonly Counter<long> _appends;

    public GrainsInstruments(IMeterFactory factory, TrendingDelta trending)
    {
        _meter = factory.Create(TelemetryNames.Source);
        _recommendation = _meter.CreateHistogram(
            TelemetryNames.RecommendationDuration,
            "s",
            "Time in the user's grain.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.05, 0.1, 0.25, 1] });
        _stale = _meter.CreateCounter<long>(TelemetryNames.RecommendationStale, "{answer}", "Answers older than the asked version.");
        _warnings = _meter.CreateCounter<long>(TelemetryNames.ChurnWarnings, "{warning}", "Churn warnings published.");
        _swept = _meter.CreateCounter<long>(TelemetryNames.ChurnSwept, "{user}", "Users scored by sweepers.");
        _sweepLag = _meter.CreateGauge<double>(TelemetryNames.ChurnSweepLag, "s", "How overdue the oldest check was in the last sweep, shop time.");
        _active = _meter.CreateUpDownCounter<long>(TelemetryNames.UsersActive, "{user}", "User grains in memory.");
        _resting = _meter.CreateUpDownCounter<long>(TelemetryNames.UsersResting, "{user}", "Users without a grain whose rows are in memory.");
        _appends = _meter.CreateCounter<long>(TelemetryNames.UsersAppends, "{batch}", "How a stream's batches reached their users.");
        _meter.CreateObservableCounter(TelemetryNames.TrendingDropped, () => trending.Dropped, "{count}", "Counts left out of what rises, for want of room.");
    }

    /// <summary>Takes down a shelf.</summary>
    /// <param name="source">What it is made from.</param>
    /// <param name="reason">Why not from the model; null: it is.</param>
    /// <param name="duration">What it took.</param>
    public void Recommended(RecommendationSource source, FallbackReason? reason, TimeSpan duration) =>
        _recommendation.Record(duration.TotalSeconds, new("source", SourceNames[(int)source]), new("reason", ReasonNames[(int)(reason ?? default)]));

    public void Stale() => _stale.Add(1);

    public void Warned() => _warnings.Add(1);

    public void Swept(int users) => _swept.Add(users);

    public void SweepLag(int bucket, TimeSpan lag) => _sweepLag.Record(lag.TotalSeconds, new KeyValuePair<string, object?>("bucket", bucket));

    public void UserActivated() => _active.Add(1);

    public void UserDeactivated() => _active.Add(-1);

    public void AppendedToGrain() => _appends.Add(1, Grain);

    public void AppendedAtRest() => _appends.Add(1, Rest);

    public void AppendedElsewhere() => _appends.Add(1, Elsewhere);

    public void UserRests(int more) => _resting.Add(more);

    public void Dispose() => _meter.Dispose();
}
