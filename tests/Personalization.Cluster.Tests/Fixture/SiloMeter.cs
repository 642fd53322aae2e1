using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Recommendations;
using Personalization.Telemetry;

namespace Personalization.Cluster.Tests.Fixture;

/// <summary>Reads what a cluster's silos measure with one instrument.</summary>
internal sealed class SiloMeter : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<(double Value, string Tags)> _measured = [];

    public SiloMeter(ClusterFixture cluster, string name)
    {
        object[] silos = [.. cluster.Cluster.Silos.Select(silo => silo.ServiceProvider.GetRequiredService<IMeterFactory>())];
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == name && silos.Contains(instrument.Meter.Scope))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((_, value, tags, _) => _measured.Enqueue((value, string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}")))));
        _listener.Start();
    }

    /// <summary>What was measured since it was made, in the order of time.</summary>
    public (double Value, string Tags)[] Measured => [.. _measured];

    /// <summary>The tags alone.</summary>
    public string[] Tags => [.. _measured.Select(measured => measured.Tags)];

    /// <summary>Of the shelves that the silos make.</summary>
    public static SiloMeter OfShelves(ClusterFixture cluster) => new(cluster, TelemetryNames.RecommendationDuration);

    /// <summary>The tags that a shelf is to have: what it says itself, by the same names.</summary>
    public static string TagsOf(RecommendationResponse shelf) =>
        $"source={NameOf(shelf.Source)} reason={(shelf.FallbackReason is { } reason ? NameOf(reason) : "none")}";

    public void Dispose() => _listener.Dispose();

    private static string NameOf<T>(T value) => JsonSerializer.Serialize(value).Trim('"');
}
