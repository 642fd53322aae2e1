using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Personalization.Events;
using Personalization.Testing;

namespace Personalization.Ingestion.Tests;

public sealed class TopicTests(KafkaFixture kafka)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Provisioner_SeveralSilosAtOnce_CreateEachTopicAsConfigured()
    {
        var topics = await kafka.TopicsAsync(partitions: 3);
        await using var host = await IngestionHost.StartAsync(new FakeGrains(), topics.Configure);
        await using var other = await IngestionHost.StartAsync(new FakeGrains(), topics.Configure);
        await Task.WhenAll(
            host.Get<TopicProvisioner>().EnsureAsync(TestContext.Current.CancellationToken),
            other.Get<TopicProvisioner>().EnsureAsync(TestContext.Current.CancellationToken));

        using var admin = topics.Admin();
        string[] all = [topics.Clickstream, topics.DeadLetter, topics.Items, topics.ChurnWarnings];
        var described = await admin.DescribeTopicsAsync(TopicCollection.OfTopicNames(all));
        described.TopicDescriptions.ShouldAllBe(topic => topic.Partitions.Count == 3);
        var configs = await admin.DescribeConfigsAsync([new ConfigResource { Name = topics.Items, Type = ResourceType.Topic }]);
        configs.Single().Entries["cleanup.policy"].Value.ShouldBe("compact");
    }

    [Theory]
    [InlineData("compact", 0)]
    [InlineData("delete", 1)]
    [InlineData("compact,delete", 1)]
    public async Task Items_ThatTheBrokerDropsByTheirAge_AreToldAtTheStart(string policy, int warnings)
    {
        var topics = await kafka.TopicsAsync();
        await topics.CreateAsync(topics.Items, new() { ["cleanup.policy"] = policy });
        using var logs = new CollectedLogs();
        await using var host = await IngestionHost.StartAsync(new FakeGrains(), topics.Configure, services => services.AddSingleton<ILoggerProvider>(logs));

        await host.Get<TopicProvisioner>().EnsureAsync(TestContext.Current.CancellationToken);

        logs.Count(4032).ShouldBe(warnings);
    }

    [Theory]
    [InlineData("LogAppendTime", 0)]
    [InlineData("CreateTime", 1)]
    public async Task Clickstream_WhoseTimesAreItsProducers_IsToldAtTheStart(string type, int warnings)
    {
        var topics = await kafka.TopicsAsync();
        await topics.CreateAsync(topics.Clickstream, new() { ["message.timestamp.type"] = type });
        using var logs = new CollectedLogs();
        await using var host = await IngestionHost.StartAsync(new FakeGrains(), topics.Configure, services => services.AddSingleton<ILoggerProvider>(logs));

        await host.Get<TopicProvisioner>().EnsureAsync(TestContext.Current.CancellationToken);

        logs.Count(4034).ShouldBe(warnings);
    }

    /// <summary>By the clock of a producer that is ahead, an event from before an erasure was taken for one from after it.</summary>
    [Fact]
    public async Task Clickstream_AsItIsCreated_TellsWhenAnEventCameWhateverItsProducersClockSays()
    {
        var topics = await kafka.TopicsAsync();
        var batch = new TaskCompletionSource<EventBatch>();
        var grains = new FakeGrains
        {
            BeforeAppend = (_, sent) =>
            {
                batch.TrySetResult(sent);
                return Task.CompletedTask;
            },
        };
        await using var host = await IngestionHost.StartAsync(grains, topics.Configure);
        await WaitForTopicAsync(topics);
        var now = TimeProvider.System.GetUtcNow();
        using var producer = TestEvents.Producer(topics.BootstrapServers);
        var message = TestEvents.Message(TestEvents.Of("u", 1));
        message.Timestamp = new Timestamp(now.AddMinutes(30));

        await producer.ProduceAsync(topics.Clickstream, message, TestContext.Current.CancellationToken);

        var sent = await batch.Task.WaitAsync(Timeout, TestContext.Current.CancellationToken);
        DateTimeOffset.FromUnixTimeMilliseconds(sent.Events.ShouldHaveSingleItem().RecordedAt).ShouldBe(now, TimeSpan.FromMinutes(10));
    }

    [Fact]
    public async Task Offsets_BeyondTheEndOfTheLog_AreToldOncePerPartitionAndTheLogIsReadFromItsBeginning()
    {
        var topics = await kafka.TopicsAsync(partitions: 2);
        await topics.CreateAsync(topics.Clickstream);
        await topics.ProduceAsync(0, 100, 20);
        await topics.SetProgressAsync(1_000);
        var grains = new FakeGrains();
        using var logs = new CollectedLogs();
        await using var host = await IngestionHost.StartAsync(grains, topics.Configure, services => services.AddSingleton<ILoggerProvider>(logs));

        await Wait.UntilAsync(() => topics.Committed() == 100, Timeout, "what is left is read and committed");

        grains.Applied.ShouldBe(100);
        logs.Count(4059).ShouldBe(2);
    }

    /// <summary>The client commits by itself only what is beyond its last commit: the new topic would have had none until it was as long as the one before.</summary>
    [Fact]
    public async Task Clickstream_RecreatedWhileConsumed_ItsFewEventsAreCommitted()
    {
        var topics = await kafka.TopicsAsync(partitions: 2);
        var grains = new FakeGrains();
        await using var host = await IngestionHost.StartAsync(grains, topics.Configure);
        await WaitForTopicAsync(topics);
        await topics.ProduceAsync(0, 300, 20);
        await Wait.UntilAsync(() => topics.Committed() == 300, Timeout, "the first topic is committed");

        await topics.RecreateAsync(topics.Clickstream);
        await topics.ProduceAsync(300, 20, 20);

        await Wait.UntilAsync(() => Events(grains) == 320 && topics.Committed() == 20, Timeout, "the second topic is committed");
    }

    [Fact]
    public async Task Clickstream_RecreatedWhileConsumed_IsReadFromItsBeginningAsAnotherEpoch()
    {
        var topics = await kafka.TopicsAsync(partitions: 2);
        var grains = new FakeGrains();
        await using var host = await IngestionHost.StartAsync(grains, topics.Configure);
        await Wait.UntilAsync(() => host.Get<ClickstreamConsumer>().Assignment.Sessions.Count == 2, Timeout, "assigned");
        await topics.ProduceAsync(0, 100, 5);
        await Wait.UntilAsync(() => grains.Applied == 100, Timeout, "the first topic is applied");

        await topics.RecreateAsync(topics.Clickstream);
        await topics.ProduceAsync(100, 300, 5);
        await Wait.UntilAsync(() => Events(grains) == 400, Timeout, "the second topic is applied");
        var epochs = grains.Users.SelectMany(user => user.Applied).Select(a => a.Position.Epoch).Distinct().ToList();
        epochs.Count.ShouldBe(2);
        var current = await host.Get<ITopicIdentity>().GetAsync(topics.Clickstream, TestContext.Current.CancellationToken);
        epochs[1].ShouldBe(current!.Epoch);
    }

    /// <summary>The client took the leader of the new topic for an earlier one than it knew, and fetched nothing until the silo was restarted.</summary>
    [Fact]
    public async Task Clickstream_RecreatedAfterItsBrokerWasRestarted_IsReadFromItsBeginning()
    {
        Assert.SkipWhen(KafkaServer.MissingReason is not null, KafkaServer.MissingReason ?? string.Empty);
        await using var server = await KafkaServer.StartAsync();
        var topics = new KafkaTopics(server, "recreated", 1);
        await topics.CreateAsync(topics.Clickstream);
        await server.KillAsync();
        await server.StartAgainAsync();
        var grains = new FakeGrains();
        await using var host = await IngestionHost.StartAsync(grains, topics.Configure);
        await topics.ProduceAsync(0, 10, 5);
        await Wait.UntilAsync(() => topics.Committed() == 10, Timeout, "the first topic is committed");

        await topics.RecreateAsync(topics.Clickstream);
        await topics.ProduceAsync(10, 5, 5);

        await Wait.UntilAsync(() => Events(grains) == 15 && topics.Committed() == 5, Timeout, "the second topic is committed");
    }

    /// <summary>The consumer was replaced when the offsets of the topic before could not be, and after a minute took them for those of the new one.</summary>
    [Fact]
    public async Task Clickstream_RecreatedWhileNothingCanBeCommitted_IsReadFromItsBeginning()
    {
        using var broker = new MockBroker(Topics.Clickstream);
        var grains = new FakeGrains();
        var identity = new NamedEpoch();
        using var logs = new CollectedLogs();
        await using var host = await IngestionHost.StartAsync(
            grains,
            options =>
            {
                (options.BootstrapServers, options.Epoch, options.CreateTopics) = (broker.BootstrapServers, "e", false);
                (options.CommitInterval, options.TopicCheckInterval) = (TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(200));
            },
            services => services.AddSingleton<ITopicIdentity>(identity).AddSingleton<ILoggerProvider>(logs));
        await TestEvents.ProduceAsync(broker.BootstrapServers, Topics.Clickstream, 0, 100, 20, TestContext.Current.CancellationToken);
        await Wait.UntilAsync(() => Committed() == 100, Timeout, "the first topic is committed");

        broker.DenyCommits(3);
        identity.Epoch = "second";
        await TestEvents.ProduceAsync(broker.BootstrapServers, Topics.Clickstream, 100, 20, 20, TestContext.Current.CancellationToken);

        await Wait.UntilAsync(() => Second() == 120 && Committed() == 120, Timeout, "the second topic is applied and committed");
        logs.Count(4055).ShouldBeGreaterThan(0);
        logs.Count(4070).ShouldBe(0);

        long Committed() => TopicReader.Committed(broker.BootstrapServers, Topics.Clickstream, "personalization");

        int Second() => grains.Users.SelectMany(user => user.Applied).Count(a => a.Position.Epoch == "second");
    }

    [Fact]
    public async Task Clickstream_RecreatedWhileStopped_IsAnotherEpochAfterTheRestart()
    {
        var topics = await kafka.TopicsAsync(partitions: 2);
        var grains = new FakeGrains();
        await using (await IngestionHost.StartAsync(grains, topics.Configure))
        {
            await WaitForTopicAsync(topics);
            await topics.ProduceAsync(0, 100, 5);
            await Wait.UntilAsync(() => grains.Applied == 100, Timeout, "the first topic is applied");
        }

        await topics.RecreateAsync(topics.Clickstream);
        await topics.ProduceAsync(100, 50, 5);
        await using var second = await IngestionHost.StartAsync(grains, topics.Configure);
        await Wait.UntilAsync(() => Events(grains) == 150, Timeout, "the second topic is applied");
        grains.Users.SelectMany(user => user.Applied).Select(a => a.Position.Epoch).Distinct().Count().ShouldBe(2);
    }

    private static int Events(FakeGrains grains) => grains.Users.Sum(user => user.Applied.Select(a => a.Event.EventId).Distinct().Count());

    private static async Task WaitForTopicAsync(KafkaTopics topics)
    {
        using var admin = topics.Admin();
        await Wait.UntilAsync(
            () => admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.Exists(topic => topic.Topic == topics.Clickstream),
            Timeout,
            "the topic is there");
    }

    private sealed class NamedEpoch : ITopicIdentity
    {
        public string Epoch { get; set; } = "first";

        public Task<TopicIdentity?> GetAsync(string topic, CancellationToken cancellationToken) => Task.FromResult<TopicIdentity?>(new TopicIdentity(Epoch, 4));
    }
}
