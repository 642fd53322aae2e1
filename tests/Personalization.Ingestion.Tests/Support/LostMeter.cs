using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Personalization.Telemetry;

namespace Personalization.Ingestion.Tests;

/// <summary>Sums up what silos count as lost, from its creation on.</summary>
internal sealed class LostMeter : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<(object? Scope, long Events)> _lost = [];

    public LostMeter()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == TelemetryNames.IngestionLost)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => _lost.Enqueue((instrument.Meter.Scope, value)));
        _listener.Start();
    }

    /// <summary>The count of one silo.</summary>
    public long Of(IngestionHost host)
    {
        var meters = host.Get<IMeterFactory>();
        return _lost.Where(measured => measured.Scope == meters).Sum(measured => measured.Events);
    }

    public void Dispose() => _listener.Dispose();
}
