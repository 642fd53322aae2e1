using Confluent.Kafka;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Personalization.Testing;

namespace Personalization.Ingestion.Tests;

public sealed class LostEventsTests(KafkaFixture kafka)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    /// <summary>A group that was away for longer than the retention went on where the log starts, and nothing told that events in between are lost.</summary>
    [Theory]
    [InlineData(10, 40, 30)]
    [InlineData(10, 100, 90)]
    [InlineData(0, 1, 1)]
    [InlineData(40, 40, 0)]
    [InlineData(60, 40, 0)]
    [InlineData(null, 40, 0)]
    public async Task Group_WhoseProgressIsBeforeTheLogsStart_TellsAndCountsWhatIsLost(int? committed, int start, int lost)
    {
        var topics = await kafka.TopicsAsync(partitions: 1);
        await topics.CreateAsync(topics.Clickstream);
        await topics.ProduceAsync(0, 100, 5);
        if (committed is { } progress)
        {
            await topics.SetProgressAsync(progress);
        }

        await topics.DeleteBeforeAsync(start);
        await topics.ProduceAsync(100, 1, 5);
        var grains = new FakeGrains();
        using var logs = new CollectedLogs();
        using var meter = new LostMeter();
        await using var host = await IngestionHost.StartAsync(grains, topics.Configure, services => services.AddSingleton<ILoggerProvider>(logs));

        await Wait.UntilAsync(() => topics.Committed() == 101, Timeout, "what is left is read and committed");

        grains.Applied.ShouldBe(101 - Math.Max(committed ?? 0, start));
        meter.Of(host).ShouldBe(lost);
        logs.Count(4100).ShouldBe(lost > 0 ? 1 : 0);
    }

    [Theory]
    [InlineData(ConsumerProtocol.Classic)]
    [InlineData(ConsumerProtocol.Consumer)]
    public async Task Log_WhoseStartOvertakesASiloThatReadsNoFurther_IsTold(ConsumerProtocol protocol)
    {
        var topics = await kafka.TopicsAsync(partitions: 1);
        await topics.CreateAsync(topics.Clickstream);
        await topics.ProduceAsync(0, 100, 5);
        var applying = new TaskCompletionSource();
        var grains = new FakeGrains { BeforeAppend = (_, _) => applying.Task };
        using var logs = new CollectedLogs();
        using var meter = new LostMeter();
        await using var host = await IngestionHost.StartAsync(
            grains,
            options =>
            {
                options.Protocol = protocol;
                topics.Configure(options);
                options.MaxInFlightEvents = 1;
            },
            services => services.AddSingleton<ILoggerProvider>(logs));
        await Wait.UntilAsync(() => logs.Count(4061) == 1, Timeout, "nothing is read any more");

        await topics.DeleteBeforeAsync(50);
        applying.SetResult();

        await Wait.UntilAsync(() => topics.Committed() == 100, Timeout, "what is left is read and committed");
        grains.Applied.ShouldBeInRange(51, 99);
        meter.Of(host).ShouldBe(100 - grains.Applied);
        logs.Count(4100).ShouldBe(1);
    }

    /// <summary>The end of a transaction takes an offset, too.</summary>
    [Fact]
    public async Task Log_WithHolesBehindItsStart_HasLostNothing()
    {
        var topics = await kafka.TopicsAsync(partitions: 1);
        await topics.CreateAsync(topics.Clickstream);
        await topics.ProduceAsync(0, 10, 5);
        await topics.SetProgressAsync(10);
        await topics.DeleteBeforeAsync(10);
        ProduceInTransactions(topics, 10, 3);
        var grains = new FakeGrains();
        using var logs = new CollectedLogs();
        using var meter = new LostMeter();
        await using var host = await IngestionHost.StartAsync(grains, topics.Configure, services => services.AddSingleton<ILoggerProvider>(logs));

        await Wait.UntilAsync(() => topics.Committed() == 15, Timeout, "the last event is committed");

        grains.Users.SelectMany(user => user.Applied).Select(applied => applied.Position.Offset).Order().ShouldBe([10, 12, 14]);
        meter.Of(host).ShouldBe(0);
        logs.Count(4100).ShouldBe(0);
    }

    private static void ProduceInTransactions(KafkaTopics topics, int from, int count)
    {
        using var producer = new ProducerBuilder<byte[]?, byte[]?>(new ProducerConfig { BootstrapServers = topics.BootstrapServers, TransactionalId = topics.GroupId })
            .SetKeySerializer(RawBytes.Instance)
            .SetValueSerializer(RawBytes.Instance)
            .Build();
        producer.InitTransactions(Timeout);
        for (var n = from; n < from + count; n++)
        {
            producer.BeginTransaction();
            producer.Produce(topics.Clickstream, TestEvents.Message(TestEvents.Of("u", n)));
            producer.CommitTransaction(Timeout);
        }
    }
}
