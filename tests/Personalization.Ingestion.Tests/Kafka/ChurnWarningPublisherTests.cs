using System.Text;
using System.Text.Json;
using Personalization.Churn;

namespace Personalization.Ingestion.Tests;

public sealed class ChurnWarningPublisherTests(KafkaFixture kafka)
{
    [Fact]
    public async Task Publish_Warning_IsAcknowledgedUnderTheUsersKeyInTheContractsForm()
    {
        var topics = await kafka.TopicsAsync();
        await topics.CreateAsync(topics.ChurnWarnings);
        await using var host = await IngestionHost.StartAsync(services => services.AddPersonalizationChurnWarnings(topics.Configure));
        var warning = new ChurnWarning
        {
            WarningId = "w1",
            UserId = "ü1",
            Probability = 0.8,
            Threshold = 0.7,
            HorizonDays = 90,
            LastEventAt = TestEvents.Time,
            DetectedAt = TestEvents.Time.AddDays(30),
        };
        await host.Get<IChurnWarningSink>().PublishAsync(warning, TestContext.Current.CancellationToken);

        var record = TopicReader.Read(topics.BootstrapServers, topics.ChurnWarnings, 1).Single();
        Encoding.UTF8.GetString(record.Message.Key!).ShouldBe("ü1");
        using var json = JsonDocument.Parse(record.Message.Value);
        json.RootElement.GetProperty("warningId").GetString().ShouldBe("w1");
        json.RootElement.GetProperty("probability").GetDouble().ShouldBe(0.8);
        json.RootElement.GetProperty("lastEventAt").GetDateTimeOffset().ShouldBe(TestEvents.Time);
    }
}
