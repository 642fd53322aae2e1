using System.Diagnostics.Metrics;
using Personalization.Telemetry;
using Personalization.Testing;

namespace Personalization.Ingestion.Tests;

public sealed class BackPressureTests(KafkaFixture kafka)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(200, long.MaxValue)]
    [InlineData(100_000, 20_000)]
    public async Task SlowGrains_PauseTheStreamWithinItsBoundsAndResumeIt(int maxEvents, long maxBytes)
    {
        var topics = await kafka.TopicsAsync();
        var grains = new FakeGrains();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        grains.BeforeAppend = (_, _) => gate.Task;
        await using var host = await IngestionHost.StartAsync(grains, options =>
        {
            topics.Configure(options);
            options.MaxInFlightEvents = maxEvents;
            options.MaxInFlightBytes = maxBytes;
        });
        var budget = host.Get<InFlightBudget>();
        var consumer = host.Get<ClickstreamConsumer>();
        await Wait.UntilAsync(() => consumer.Assignment.Sessions.Count == 4, Timeout, "assigned");
        await topics.ProduceAsync(0, 5_000, 100);
        await Wait.UntilAsync(() => consumer.Assignment.IsPaused, Timeout, "paused");
        (budget.Events == maxEvents || (budget.Bytes >= maxBytes && budget.Bytes < maxBytes + 1_000)).ShouldBeTrue();
        budget.Events.ShouldBeInRange(1, 1_000);
        grains.Applied.ShouldBe(0);
        using var lag = new LagReader();
        await Wait.UntilAsync(() => lag.Total() == 5_000, Timeout, "the lag is known while paused");

        gate.SetResult();
        await Wait.UntilAsync(() => grains.Applied == 5_000, Timeout, "resumed and applied");
        await Wait.UntilAsync(() => lag.Total() == 0 && budget is { Events: 0, Bytes: 0 }, Timeout, "nothing is left");
        consumer.Assignment.IsPaused.ShouldBeFalse();
    }

    private sealed class LagReader : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _total;

        public LagReader()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == TelemetryNames.IngestionLag)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((_, value, _, _) => _total += value);
            _listener.Start();
        }

        public long Total()
        {
            _total = 0;
            _listener.RecordObservableInstruments();
            return _total;
        }

        public void Dispose() => _listener.Dispose();
    }
}
