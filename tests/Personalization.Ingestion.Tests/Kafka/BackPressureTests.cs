using System.Diagnostics;
using System.Diagnostics.Metrics;
using Confluent.Kafka;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Personalization.Events;
using Personalization.Telemetry;
using Personalization.Testing;
using Personalization.Users;

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

    /// <summary>An error that passes, told by the poll that keeps a paused consumer in its group, left all partitions paused for good.</summary>
    [Fact]
    public async Task Error_WhilePaused_TheStreamIsResumedAllTheSame()
    {
        using var broker = new MockBroker(Topics.Clickstream);
        var grains = new FakeGrains();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        grains.BeforeAppend = (_, _) => gate.Task;
        using var logs = new CollectedLogs();
        await using var host = await IngestionHost.StartAsync(
            grains,
            options =>
            {
                (options.BootstrapServers, options.Epoch, options.CreateTopics) = (broker.BootstrapServers, "e", false);
                options.MaxInFlightEvents = 200;
            },
            services => services.AddSingleton<ILoggerProvider>(logs));
        var consumer = host.Get<ClickstreamConsumer>();
        await Wait.UntilAsync(() => consumer.Assignment.Sessions.Count == 4, Timeout, "assigned");
        await TestEvents.ProduceAsync(broker.BootstrapServers, Topics.Clickstream, 0, 5_000, 100, TestContext.Current.CancellationToken);
        await Wait.UntilAsync(() => consumer.Assignment.IsPaused, Timeout, "paused");

        broker.LoseCoordinator();
        await Wait.UntilAsync(() => logs.Count(4060) > 0, Timeout, "the error is told");
        gate.SetResult();

        await Wait.UntilAsync(() => grains.Applied == 5_000, Timeout, "resumed and applied");
        consumer.Assignment.IsPaused.ShouldBeFalse();
    }

    /// <summary>The second: the bytes of those whose rows cannot be written were all that may be in flight, and no partition was read any more.</summary>
    [Theory]
    [InlineData(200, long.MaxValue, 400)]
    [InlineData(100_000, 20_000, 1_500)]
    public async Task EventThatCannotBeStored_HoldsItsOwnPartitionOnlyAndWithinABound(int maxOpen, long maxBytes, int open)
    {
        var topics = await kafka.TopicsAsync(partitions: 2);
        var grains = new FakeGrains();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        grains.BeforeAppend = (userId, _) => userId == "user-3" && !gate.Task.IsCompleted ? throw new UserStateVersionException("newer") : Task.CompletedTask;
        await using var host = await IngestionHost.StartAsync(grains, options =>
        {
            topics.Configure(options);
            options.MaxPollEvents = 100;
            options.MaxOpenOffsets = maxOpen;
            options.MaxInFlightBytes = maxBytes;
        });
        var consumer = host.Get<ClickstreamConsumer>();
        await Wait.UntilAsync(() => consumer.Assignment.Sessions.Count == 2, Timeout, "assigned");
        for (var n = 0; n < 4_000; n += 500)
        {
            await topics.ProduceAsync(n, 500, 20);
        }

        await Wait.UntilAsync(() => consumer.Assignment.Sessions.Count(session => session.IsHeld) == 1, Timeout, "held");
        var held = consumer.Assignment.Sessions.Single(session => session.IsHeld);
        var other = consumer.Assignment.Sessions.Single(session => !session.IsHeld);
        await Wait.UntilAsync(() => other.Lag == 0 && other.Offsets.Pending == 0, Timeout, "the other partition is read to its end");
        held.Offsets.Pending.ShouldBeInRange(200, open);
        grains.Applied.ShouldBeLessThan(4_000);
        var lag = held.Lag;
        await topics.ProduceAsync(4_000, 500, 20);
        await Wait.UntilAsync(() => held.Lag > lag, Timeout, "the lag of the held partition grows with the stream");

        gate.SetResult();
        await Wait.UntilAsync(() => topics.Committed() == 4_500, Timeout, "everything is committed");
        grains.Applied.ShouldBe(4_500);
        consumer.Assignment.Sessions.ShouldAllBe(session => !session.IsHeld);
        host.Get<InFlightBudget>().ShouldSatisfyAllConditions(budget => budget.Events.ShouldBe(0), budget => budget.Bytes.ShouldBe(0));
        grains.Users.ShouldAllBe(user => user.Disorders == 0);
    }

    /// <summary>The lag of what is held was asked for on the consume thread, one partition after the other, each behind a fetch that waits for records.</summary>
    [Fact]
    public async Task PartitionsThatAreHeld_OnAQuietStream_DoNotKeepALoneClickOfAnother()
    {
        const int Held = 9;
        var topics = await kafka.TopicsAsync(Held + 1);
        var grains = new FakeGrains
        {
            BeforeAppend = (userId, _) => userId == "stuck" ? throw new UserStateVersionException("newer") : Task.CompletedTask,
        };
        await using var host = await IngestionHost.StartAsync(grains, options =>
        {
            topics.Configure(options);
            options.MaxOpenOffsets = 10;
            options.DrainTimeout = TimeSpan.FromMilliseconds(100);
        });
        var consumer = host.Get<ClickstreamConsumer>();
        await Wait.UntilAsync(() => consumer.Assignment.Sessions.Count == Held + 1, Timeout, "assigned");
        using var producer = TestEvents.Producer(topics.BootstrapServers);
        foreach (var n in Enumerable.Range(0, Held * 20))
        {
            await ProduceAsync("stuck", n, n % Held);
        }

        await Wait.UntilAsync(() => consumer.Assignment.Sessions.Count(session => session.IsHeld) == Held, Timeout, "held");
        var latencies = new List<double>();
        for (var n = 0; n < 9; n++)
        {
            await ProduceAsync("lone", n, Held);
            var watch = Stopwatch.StartNew();
            await Wait.UntilAsync(() => grains.Applied > n, Timeout, "the lone click is applied");
            latencies.Add(watch.Elapsed.TotalMilliseconds);
        }

        latencies.Order().ElementAt(4).ShouldBeLessThan(500);
        await Wait.UntilAsync(() => consumer.Assignment.Sessions.Where(session => session.IsHeld).All(session => session.Lag == 20), Timeout, "the lag is known");

        Task ProduceAsync(string user, int n, int partition) => producer.ProduceAsync(
            new TopicPartition(topics.Clickstream, partition), TestEvents.Message(TestEvents.Of(user, n)), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task PartitionThatIsHeld_GivenAwayAndComeBack_IsReadOn()
    {
        var topics = await kafka.TopicsAsync(partitions: 2);
        var grains = new FakeGrains();
        var stuck = true;
        grains.BeforeAppend = (_, _) => stuck ? throw new UserStateVersionException("newer") : Task.CompletedTask;
        await using var first = await StartAsync();
        await Wait.UntilAsync(() => Held(first) == 0 && first.Get<ClickstreamConsumer>().Assignment.Sessions.Count == 2, Timeout, "assigned");
        await topics.ProduceAsync(0, 2_000, 20);
        await Wait.UntilAsync(() => Held(first) == 2, Timeout, "both are held");
        var second = await StartAsync();
        await Wait.UntilAsync(() => Held(first) == 1 && Held(second) == 1, Timeout, "each holds one");
        await second.DisposeAsync();
        await Wait.UntilAsync(() => Held(first) == 2, Timeout, "both are back and held again");

        Volatile.Write(ref stuck, false);
        await Wait.UntilAsync(() => topics.Committed() == 2_000, Timeout, "everything is committed");

        Task<IngestionHost> StartAsync() => IngestionHost.StartAsync(grains, options =>
        {
            topics.Configure(options);
            options.MaxPollEvents = 100;
            options.MaxOpenOffsets = 200;
            options.DrainTimeout = TimeSpan.FromMilliseconds(100);
        });

        static int Held(IngestionHost host) => host.Get<ClickstreamConsumer>().Assignment.Sessions.Count(session => session.IsHeld);
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
