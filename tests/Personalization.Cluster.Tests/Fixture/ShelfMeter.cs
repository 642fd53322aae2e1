using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Recommendations;
using Personalization.Telemetry;

namespace Personalization.Cluster.Tests.Fixture;

/// <summary>Reads what a cluster's silos take down of shelves.</summary>
internal sealed class ShelfMeter : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<string> _shelves = [];

    public ShelfMeter(ClusterFixture cluster)
    {
        object[] silos = [.. cluster.Cluster.Silos.Select(silo => silo.ServiceProvider.GetRequiredService<IMeterFactory>())];
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == TelemetryNames.RecommendationDuration && silos.Contains(instrument.Meter.Scope))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((_, _, tags, _) => _shelves.Enqueue(string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))));
        _listener.Start();
    }

    /// <summary>The tags of each shelf since it was made, in the order of time.</summary>
    public string[] Shelves => [.. _shelves];

    /// <summary>The tags that a shelf is to have: what it says itself, by the same names.</summary>
    public static string TagsOf(RecommendationResponse shelf) =>
        $"source={NameOf(shelf.Source)} reason={(shelf.FallbackReason is { } reason ? NameOf(reason) : "none")}";

    public void Dispose() => _listener.Dispose();

    private static string NameOf<T>(T value) => JsonSerializer.Serialize(value).Trim('"');
}
