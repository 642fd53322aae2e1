using System.Text;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Catalog;
using Personalization.Churn;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.Ingestion.Tests;

/// <summary>A broker that lets a silo do only what the page for operators lists.</summary>
public sealed class AccessTests(KafkaFixture kafka)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    /// <summary>Who assigns partitions to itself needs no group; the client looked for its coordinator, was refused, and the catalogue never came.</summary>
    [Fact]
    public async Task Silo_WithTheRightsItNeeds_CreatesTopicsReadsBothAndWritesBoth()
    {
        var topics = await kafka.TopicsAsync(partitions: 2);
        await topics.AllowGuestAsync([
            .. new[] { topics.Clickstream, topics.DeadLetter, topics.Items, topics.ChurnWarnings }.Select(topic => (ResourceType.Topic, topic, AclOperation.Create)),
            (ResourceType.Topic, topics.Clickstream, AclOperation.Read),
            (ResourceType.Group, topics.GroupId, AclOperation.Read),
            (ResourceType.Topic, topics.Items, AclOperation.Read),
            (ResourceType.Topic, topics.DeadLetter, AclOperation.Write),
            (ResourceType.Topic, topics.ChurnWarnings, AclOperation.Write),
        ]);
        var grains = new FakeGrains();
        await using var host = await IngestionHost.StartAsync(services => services
            .AddSingleton<IUserGrains>(grains)
            .AddSingleton<ILocalUsers>(new FakeLocalUsers())
            .AddPersonalizationIngestion(Configure)
            .AddSingleton<ItemCatalog>()
            .AddPersonalizationCatalogFeed()
            .AddPersonalizationChurnWarnings());
        var catalog = host.Get<ItemCatalog>();
        await Wait.UntilAsync(() => catalog.IsLoaded && host.Get<ClickstreamConsumer>().Assignment.Sessions.Count == 2, Timeout, "loaded and assigned");

        using var producer = TestEvents.Producer(topics.BootstrapServers);
        await producer.ProduceAsync(topics.Items, TestEvents.Message("i", Encoding.UTF8.GetBytes("""{"title":"I"}""")), TestContext.Current.CancellationToken);
        await producer.ProduceAsync(topics.Clickstream, TestEvents.Message("k", "no event"u8.ToArray()), TestContext.Current.CancellationToken);
        await topics.ProduceAsync(0, 10, 2);
        await host.Get<IChurnWarningSink>().PublishAsync(new ChurnWarning { WarningId = "w", UserId = "u" }, TestContext.Current.CancellationToken);

        await Wait.UntilAsync(() => catalog.Count == 1 && grains.Applied == 10, Timeout, "put and applied");
        await Wait.UntilAsync(() => topics.Committed() == 11, Timeout, "the bad one is set aside and all is committed");
        TopicReader.Read(topics.BootstrapServers, topics.DeadLetter, 1).Count.ShouldBe(1);

        void Configure(IngestionOptions options)
        {
            topics.Configure(options);
            options.BootstrapServers = topics.Server.SecureServers;
            foreach (var (key, value) in topics.Server.GuestSettings)
            {
                options.Settings[key] = value;
            }
        }
    }
}
