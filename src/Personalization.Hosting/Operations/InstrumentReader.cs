using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Personalization.Telemetry;

namespace Personalization.Operations;

/// <summary>
/// Listens to this silo's own instruments, so that the operator's view and the exported metrics can never disagree. A process with several
/// silos (tests) passes the meter factory of one of them as the scope.
/// </summary>
internal sealed class InstrumentReader : IHostedService, IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, long> _lag = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _sources = new(StringComparer.Ordinal);
    private long _events;
    private long _deadLetters;
    private long _warnings;
    private long _activeUsers;

    public InstrumentReader(TimeProvider time, IMeterFactory scope)
    {
        EventRate = new SlidingWindow(time);
        Recommendations = new SlidingWindow(time);
        Runs = new SlidingWindow(time);
        Batches = new BatchSizeWindow(time);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (string.Equals(instrument.Meter.Name, TelemetryNames.Source, StringComparison.Ordinal) && ReferenceEquals(instrument.Meter.Scope, scope))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => OnMeasurement(instrument.Name, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => OnMeasurement(instrument.Name, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => OnMeasurement(instrument.Name, value, tags));
        _listener.Start();
    }

    public SlidingWindow EventRate { get; }

    public SlidingWindow Recommendations { get; }

    public SlidingWindow Runs { get; }

    public BatchSizeWindow Batches { get; }

    public long Events => Interlocked.Read(ref _events);

    public long DeadLetters => Interlocked.Read(ref _deadLetters);

    public long Warnings => Interlocked.Read(ref _warnings);

    public long ActiveUsers => Interlocked.Read(ref _activeUsers);

    public Dictionary<string, long> Sources => new(_sources, StringComparer.Ordinal);

    /// <summary>Asks the observable instruments and sums the lag of this silo's partitions; -1 when none reports.</summary>
    /// <returns>Events.</returns>
    public long Lag()
    {
        _lag.Clear();
        _listener.RecordObservableInstruments();
        return _lag.IsEmpty ? -1 : _lag.Values.Sum(lag => Math.Max(0, lag));
    }

    // A hosted service only to be there before the first measurement.
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _listener.Dispose();

    private static string Tag(ReadOnlySpan<KeyValuePair<string, object?>> tags, string name)
    {
        foreach (var (key, value) in tags)
        {
            if (string.Equals(key, name, StringComparison.Ordinal))
            {
                return value?.ToString() ?? string.Empty;
            }
        }

        return string.Empty;
    }

    private void OnMeasurement(string instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        switch (instrument)
        {
            case TelemetryNames.IngestionEvents:
                Interlocked.Add(ref _events, (long)value);
                EventRate.Add((long)value);
                break;
            case TelemetryNames.IngestionDeadLetters:
                Interlocked.Add(ref _deadLetters, (long)value);
                break;
            case TelemetryNames.IngestionLag:
                _lag[Tag(tags, "partition")] = (long)value;
                break;
            case TelemetryNames.RecommendationDuration:
                Recommendations.Record(value);
                _sources.AddOrUpdate(Tag(tags, "source"), 1, (_, count) => count + 1);
                break;
            case TelemetryNames.InferenceBatchSize:
                Batches.Record((int)value);
                break;
            case TelemetryNames.InferenceRunDuration:
                Runs.Record(value);
                break;
            case TelemetryNames.ChurnWarnings:
                Interlocked.Add(ref _warnings, (long)value);
                break;
            case TelemetryNames.UsersActive:
                Interlocked.Add(ref _activeUsers, (long)value);
                break;
            default:
                break;
        }
    }
}
