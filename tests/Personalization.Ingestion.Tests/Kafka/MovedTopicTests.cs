using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Personalization.Events;
using Personalization.Testing;

namespace Personalization.Ingestion.Tests;

public sealed class MovedTopicTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <summary>The client holds on to the leader that it knows of a later epoch: no refused event was set aside any more, and in time every partition stood.</summary>
    [Fact]
    public async Task PublishAsync_TopicThatWasCreatedAgainElsewhere_ReachesIt()
    {
        Assert.SkipWhen(KafkaServer.MissingReason is not null, KafkaServer.MissingReason ?? string.Empty);
        await using var kafka = await KafkaServer.StartAsync();
        using var topic = new MovedTopic(kafka, Topics.DeadLetter);
        await topic.CreateAsync();
        var time = new FakeTimeProvider();
        var options = new IngestionOptions { BootstrapServers = kafka.BootstrapServers, ProducerSettings = { ["message.timeout.ms"] = "2000" } };
        using var publisher = new KafkaPublisher(new KafkaClients(Options.Create(options), NullLogger<KafkaClients>.Instance), time);
        await PublishAsync(publisher, "before");

        await topic.MoveAsync();
        time.Advance(TimeSpan.FromMinutes(2));
        await PublishAsync(publisher, "after");

        TopicReader.Read(kafka.BootstrapServers, Topics.DeadLetter, 1).ShouldHaveSingleItem().Message.Value.ShouldBe("after"u8.ToArray());
    }

    private static Task PublishAsync(KafkaPublisher publisher, string value) => Wait.UntilAsync(
        async () =>
        {
            await publisher.PublishAsync(
                Topics.DeadLetter,
                new Message<byte[]?, byte[]?> { Value = System.Text.Encoding.UTF8.GetBytes(value) },
                TestContext.Current.CancellationToken);
            return true;
        },
        Timeout,
        $"the message is written: {value}");
}
