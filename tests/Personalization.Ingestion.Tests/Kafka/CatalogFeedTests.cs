using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Personalization.Catalog;
using Personalization.Ranking;
using Personalization.Testing;

namespace Personalization.Ingestion.Tests;

public sealed class CatalogFeedTests(KafkaFixture kafka)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    /// <summary>The feed made a catalogue without what the operator keeps off every shelf, and it counted wherever the feed was registered first.</summary>
    [Fact]
    public void Feed_RegisteredBeforeTheCatalogue_LeavesWhichItIsToTheSilo()
    {
        var services = new ServiceCollection().AddPersonalizationCatalogFeed();
        var catalog = new ItemCatalog(new RankingOptions { BlockedItems = ["i"] });
        services.TryAddSingleton(catalog);

        services.BuildServiceProvider().GetRequiredService<ItemCatalog>().ShouldBeSameAs(catalog);
    }

    [Fact]
    public async Task Items_PutChangedAndDeleted_AreSeenByEverySiloAndByThoseThatStartLater()
    {
        var topics = await kafka.TopicsAsync();
        await using var first = await StartAsync(topics);
        var catalog = first.Get<ItemCatalog>();
        await Wait.UntilAsync(() => catalog.IsLoaded, Timeout, "an empty topic is loaded");
        using var producer = TestEvents.Producer(topics.BootstrapServers);
        for (var n = 0; n < 500; n++)
        {
            await PutAsync(producer, topics, $"i{n}", $$"""{"itemId":"i{{n}}","title":"Item {{n}}"}""");
        }

        await Wait.UntilAsync(() => catalog.Count == 500, Timeout, "all put");
        await PutAsync(producer, topics, "i7", """{"itemId":"i7","title":"Renamed","categories":["a"]}""");
        await Wait.UntilAsync(() => catalog.TryGet("i7", out var item) && item.Title == "Renamed", Timeout, "changed");
        await PutAsync(producer, topics, "i8", null);
        await PutAsync(producer, topics, "i9", "no item");
        await PutAsync(producer, topics, "i10", """{"itemId":"other","title":"Another's key"}""");
        await PutAsync(producer, topics, "last", """{"title":"Last"}""");
        await Wait.UntilAsync(() => catalog.Count == 500 && catalog.TryGet("last", out _), Timeout, "deleted; what is no item changes nothing");
        catalog.TryGet("i9", out var kept).ShouldBeTrue();
        kept!.Title.ShouldBe("Item 9");
        catalog.TryGet("i10", out kept).ShouldBeTrue();
        kept!.Title.ShouldBe("Item 10");

        await using var second = await StartAsync(topics);
        var reloaded = second.Get<ItemCatalog>();
        await Wait.UntilAsync(() => reloaded.IsLoaded, Timeout, "reloaded");
        reloaded.Snapshot().OrderBy(i => i.ItemId).Select(i => (i.ItemId, i.Title))
            .ShouldBe(catalog.Snapshot().OrderBy(i => i.ItemId).Select(i => (i.ItemId, i.Title)));
    }

    [Fact]
    public async Task ItemsTopic_Recreated_ForgetsWhatTheNewOneLacks()
    {
        var topics = await kafka.TopicsAsync();
        await using var host = await StartAsync(topics);
        var catalog = host.Get<ItemCatalog>();
        await Wait.UntilAsync(() => catalog.IsLoaded, Timeout, "loaded");
        using (var producer = TestEvents.Producer(topics.BootstrapServers))
        {
            await PutAsync(producer, topics, "old", """{"title":"Old"}""");
            await Wait.UntilAsync(() => catalog.Count == 1, Timeout, "put");
        }

        await topics.RecreateAsync(topics.Items);
        using var another = TestEvents.Producer(topics.BootstrapServers);
        await PutAsync(another, topics, "new", """{"title":"New"}""");
        await Wait.UntilAsync(() => catalog.Count == 1 && catalog.TryGet("new", out _), Timeout, "only the new item");
    }

    [Fact]
    public async Task BrokerThatIsSlowToTellTheTopic_DoesNotHoldUpReading()
    {
        var topics = await kafka.TopicsAsync();
        var identity = new FallsSilent();
        await using var host = await IngestionHost.StartAsync(services =>
            services.AddSingleton<ITopicIdentity>(identity).AddSingleton<ItemCatalog>().AddPersonalizationCatalogFeed(topics.Configure));
        await Wait.UntilAsync(() => host.Get<ItemCatalog>().IsLoaded, Timeout, "an empty topic is loaded");
        identity.IsSilent = true;
        await Wait.UntilAsync(() => identity.Waiting == 1, Timeout, "the topic is looked at again");
        using var producer = TestEvents.Producer(topics.BootstrapServers);
        for (var n = 0; n < 20; n++)
        {
            await PutAsync(producer, topics, $"i{n}", """{"title":"New"}""");
        }

        await Wait.UntilAsync(() => host.Get<ItemCatalog>().Count == 20, Timeout, "read meanwhile");
        identity.Waiting.ShouldBe(1);
    }

    /// <summary>One failed look at the topic had the whole of it read again, and every shelf that was kept made again.</summary>
    [Fact]
    public async Task LookAtTheTopicThatFails_IsRepeatedAndReadingGoesOn()
    {
        var topics = await kafka.TopicsAsync();
        var identity = new FailsTwice();
        using var logs = new CollectedLogs();
        await using var host = await IngestionHost.StartAsync(services => services
            .AddSingleton<ITopicIdentity>(identity)
            .AddSingleton<ILoggerProvider>(logs)
            .AddSingleton<ItemCatalog>()
            .AddPersonalizationCatalogFeed(topics.Configure));
        var catalog = host.Get<ItemCatalog>();
        await Wait.UntilAsync(() => catalog.IsLoaded, Timeout, "an empty topic is loaded");
        using var producer = TestEvents.Producer(topics.BootstrapServers);
        await PutAsync(producer, topics, "i1", """{"title":"Before"}""");
        await Wait.UntilAsync(() => catalog.Count == 1, Timeout, "put before");
        var failures = logs.Count(4080);
        identity.Fails = true;
        await Wait.UntilAsync(() => identity.Looks > 2, Timeout, "looked again after two failures");

        await PutAsync(producer, topics, "i2", """{"title":"After"}""");
        await Wait.UntilAsync(() => catalog.Count == 2, Timeout, "put after");
        catalog.Revision.ShouldBe(2);
        logs.Count(4080).ShouldBe(failures);
    }

    private static Task<IngestionHost> StartAsync(KafkaTopics topics) =>
        IngestionHost.StartAsync(services => services.AddSingleton<ItemCatalog>().AddPersonalizationCatalogFeed(topics.Configure));

    private static async Task PutAsync(IProducer<byte[]?, byte[]?> producer, KafkaTopics topics, string itemId, string? json) =>
        await producer.ProduceAsync(
            topics.Items,
            TestEvents.Message(itemId, json is null ? null : Encoding.UTF8.GetBytes(json)),
            TestContext.Current.CancellationToken);

    /// <summary>Answers, but for two times once it is told to.</summary>
    private sealed class FailsTwice : ITopicIdentity
    {
        private int _looks;

        public bool Fails { get; set; }

        public int Looks => Volatile.Read(ref _looks);

        public Task<TopicIdentity?> GetAsync(string topic, CancellationToken cancellationToken) => Fails && Interlocked.Increment(ref _looks) <= 2
            ? Task.FromException<TopicIdentity?>(new TimeoutException("The broker does not answer."))
            : Task.FromResult<TopicIdentity?>(new TopicIdentity("first", 4));
    }

    /// <summary>Answers until it is silent; who asks then waits.</summary>
    private sealed class FallsSilent : ITopicIdentity
    {
        private int _waiting;

        public bool IsSilent { get; set; }

        public int Waiting => Volatile.Read(ref _waiting);

        public async Task<TopicIdentity?> GetAsync(string topic, CancellationToken cancellationToken)
        {
            if (IsSilent)
            {
                Interlocked.Increment(ref _waiting);
                await Task.Delay(System.Threading.Timeout.InfiniteTimeSpan, cancellationToken);
            }

            return new TopicIdentity("first", 4);
        }
    }
}
