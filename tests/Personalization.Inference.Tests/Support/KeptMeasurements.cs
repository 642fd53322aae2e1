using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;

namespace Personalization.Inference.Tests.Support;

/// <summary>Makes meters and keeps what they measure.</summary>
internal sealed class KeptMeasurements : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<(string Instrument, string Measurement)> _kept = [];

    public KeptMeasurements()
    {
        Meters = _services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, Meters))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<int>(Keep);
        _listener.SetMeasurementEventCallback<long>(Keep);
        _listener.SetMeasurementEventCallback<double>(Keep);
        _listener.Start();

        void Keep<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state) =>
            _kept.Enqueue((instrument.Name, string.Create(CultureInfo.InvariantCulture, $"{value} {string.Join(' ', tags.ToArray().Select(tag => tag.Value))}").TrimEnd()));
    }

    /// <summary>For the instruments that are listened to.</summary>
    public IMeterFactory Meters { get; }

    /// <summary>What an instrument measured: value and tags, the oldest first.</summary>
    public string[] Of(string instrument) => [.. _kept.Where(line => line.Instrument == instrument).Select(line => line.Measurement)];

    /// <summary>What an observable instrument says now.</summary>
    public string[] Observe(string instrument)
    {
        var before = Of(instrument).Length;
        _listener.RecordObservableInstruments();
        return Of(instrument)[before..];
    }

    /// <summary>Forgets what was measured so far.</summary>
    public void Clear() => _kept.Clear();

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
    }
}
