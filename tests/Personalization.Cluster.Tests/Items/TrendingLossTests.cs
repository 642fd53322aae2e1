using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Events;
using Personalization.Telemetry;
using Personalization.Trending;

namespace Personalization.Cluster.Tests.Items;

public sealed class TrendingLossTests
{
    [Fact]
    public void What_finds_no_room_between_two_reports_is_measured()
    {
        var delta = new TrendingDelta(new TrendingOptions { MaxPending = 10 });
        delta.Add([.. Enumerable.Range(0, 15).Select(i => new BehaviorEvent
        {
            EventId = $"e{i}",
            UserId = "u",
            ItemId = $"i{i}",
            Type = EventType.View,
            Timestamp = DateTimeOffset.UnixEpoch.AddYears(50),
        })]);
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var instruments = new GrainsInstruments(services.GetRequiredService<IMeterFactory>(), delta);
        var measured = 0L;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name == TelemetryNames.TrendingDropped && instrument.Meter.Scope == services.GetRequiredService<IMeterFactory>())
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => measured = value);
        listener.Start();

        listener.RecordObservableInstruments();

        measured.ShouldBe(5);
    }
}
