using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Personalization.Events;
using Personalization.Testing;

namespace Personalization.Client.Tests;

public sealed class RecreatedTopicTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <summary>The client holds on to the leader that it knows of a later epoch: a gateway answered 503 until it was started again.</summary>
    [Fact]
    public async Task SendAsync_TopicThatWasCreatedAgainElsewhere_ReachesIt()
    {
        Assert.SkipWhen(KafkaServer.MissingReason is not null, KafkaServer.MissingReason ?? string.Empty);
        await using var kafka = await KafkaServer.StartAsync();
        using var topic = new MovedTopic(kafka, Topics.Clickstream);
        await topic.CreateAsync();
        using var stream = new StreamProducer(
            Options.Create(new KafkaOptions { BootstrapServers = kafka.BootstrapServers, DeliveryTimeout = TimeSpan.FromSeconds(2) }),
            TimeProvider.System,
            NullLogger<StreamProducer>.Instance);
        var first = await SentAsync(stream, "c1");

        await topic.MoveAsync();
        var second = await SentAsync(stream, "c2");

        (first.Offset, second.Offset).ShouldBe((0, 0));
    }

    private static async Task<StreamPosition> SentAsync(StreamProducer stream, string click)
    {
        StreamPosition sent = default;
        await Wait.UntilAsync(
            async () =>
            {
                sent = await stream.SendAsync(SampleEvents.Click("u1", click), TestContext.Current.CancellationToken);
                return true;
            },
            Timeout,
            $"{click} is acknowledged");
        return sent;
    }
}
