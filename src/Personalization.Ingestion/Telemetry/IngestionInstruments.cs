using System.Diagnostics.Metrics;
using Personalization.Events;
using Personalization.Telemetry;
using Personalization.Validation;

namespace Personalization.Ingestion;

/// <summary>What ingestion measures; names and units in <see cref="TelemetryNames"/>.</summary>
internal sealed class IngestionInstruments
{
    private static readonly string[] Codes =
        [DeadLetterPublisher.DamagedState, .. typeof(InputErrorCodes).GetFields().Select(static code => (string)code.GetRawConstantValue()!)];

    private readonly Counter<long> _events;
    private readonly Counter<long> _deadLetters;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _lost;
    private readonly Counter<long> _ignoredFields;
    private readonly Counter<long> _badItems;
    private readonly Histogram<double> _batchDuration;
    private readonly TimeProvider _time;
    private Func<IEnumerable<Measurement<long>>> _lag = static () => [];
    private Func<int> _inFlight = static () => 0;
    private Func<int> _held = static () => 0;

    public IngestionInstruments(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        var meter = meters.Create(TelemetryNames.Source);
        _events = meter.CreateCounter<long>(TelemetryNames.IngestionEvents, "{event}", "Events made durable, by outcome.");
        _deadLetters = meter.CreateCounter<long>(TelemetryNames.IngestionDeadLetters, "{event}", "Events refused into the dead-letter topic.");
        _retries = meter.CreateCounter<long>(TelemetryNames.IngestionRetries, "{call}", "Calls of user grains and writes of dead letters that failed and are repeated.");
        _lost = meter.CreateCounter<long>(TelemetryNames.IngestionLost, "{event}", "Events that the broker dropped before they were read.");
        _ignoredFields = meter.CreateCounter<long>(TelemetryNames.IngestionIgnoredFields, "{field}", "Unknown fields of events.");
        _badItems = meter.CreateCounter<long>(TelemetryNames.CatalogBadItems, "{item}", "Values of the items topic that are no items.");
        _batchDuration = meter.CreateHistogram(
            TelemetryNames.IngestionBatchDuration,
            "s",
            "From the poll of a batch to its durability.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
            });
        meter.CreateObservableGauge(TelemetryNames.IngestionLag, () => _lag(), "{event}", "Log end minus the next position to commit.");
        meter.CreateObservableGauge(TelemetryNames.IngestionInFlight, () => _inFlight(), "{event}", "Events in flight to user grains.");
        meter.CreateObservableGauge(TelemetryNames.IngestionHeld, () => _held(), "{partition}", "Partitions read no further: one of their events cannot be stored.");
    }

    /// <summary>Says where the observed figures come from.</summary>
    public void Observe(Func<IEnumerable<Measurement<long>>> lag, Func<int> inFlight, Func<int> held) => (_lag, _inFlight, _held) = (lag, inFlight, held);

    public void Appended(AppendResult result, long polledAt)
    {
        Count(result.Applied, "applied");
        Count(result.Duplicates, "duplicate");
        Count(result.TooLate, "too_late");
        Count(result.Capped, "capped");
        _batchDuration.Record(_time.GetElapsedTime(polledAt).TotalSeconds);
    }

    /// <summary>
    /// Begins the counts of lost events, and of refused ones for every code, at zero: in a series that begins with a burst nobody sees an increase. For a service that
    /// starts: what is measured before the host starts is not collected yet.
    /// </summary>
    public void BeginAtZero()
    {
        _lost.Add(0);
        foreach (var code in Codes)
        {
            _deadLetters.Add(0, new KeyValuePair<string, object?>("code", code));
        }
    }

    public void DeadLettered(string code) => _deadLetters.Add(1, new KeyValuePair<string, object?>("code", code));

    public void Retried(string target) => _retries.Add(1, new KeyValuePair<string, object?>("target", target));

    public void Lost(long events) => _lost.Add(events);

    public void IgnoredFields(int count)
    {
        if (count > 0)
        {
            _ignoredFields.Add(count);
        }
    }

    public void BadItem(string code) => _badItems.Add(1, new KeyValuePair<string, object?>("code", code));

    private void Count(int events, string outcome)
    {
        if (events > 0)
        {
            _events.Add(events, new KeyValuePair<string, object?>("outcome", outcome));
        }
    }
}
