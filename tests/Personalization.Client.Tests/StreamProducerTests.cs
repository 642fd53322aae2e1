using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Personalization.Events;
using Personalization.Testing;

namespace Personalization.Client.Tests;

public sealed class StreamProducerTests : IDisposable
{
    private readonly MockBroker _broker = new(Topics.Clickstream);
    private readonly StreamProducer _stream;

    public StreamProducerTests() => _stream = new StreamProducer(
        Options.Create(new KafkaOptions { BootstrapServers = _broker.BootstrapServers, Epoch = "e", DeliveryTimeout = TimeSpan.FromSeconds(20) }),
        TimeProvider.System,
        NullLogger<StreamProducer>.Instance);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _stream.Dispose();
        _broker.Dispose();
    }

    /// <summary>librdkafka refuses every message of a producer that had a fatal error: a gateway answered 503 until it was started again.</summary>
    [Fact]
    public async Task SendAsync_AfterAFatalError_ReachesKafkaAgain()
    {
        var first = await _stream.SendAsync(SampleEvents.Click("u1", "c1"), Cancelled);
        _broker.RefuseNextBatch();
        await Should.ThrowAsync<StreamUnavailableException>(() => _stream.SendAsync(SampleEvents.Click("u1", "c2"), Cancelled));
        var second = await _stream.SendAsync(SampleEvents.Click("u1", "c3"), Cancelled);

        second.ShouldBe(first with { Offset = first.Offset + 1 });
    }

    [Fact]
    public async Task SendAsync_TopicThatIsMissing_IsRefusedAndNotMade()
    {
        using var stream = new StreamProducer(
            Options.Create(new KafkaOptions { BootstrapServers = _broker.BootstrapServers, ClickstreamTopic = "missing", Epoch = "e", DeliveryTimeout = TimeSpan.FromSeconds(1) }),
            TimeProvider.System,
            NullLogger<StreamProducer>.Instance);

        await Should.ThrowAsync<StreamUnavailableException>(() => stream.SendAsync(SampleEvents.Click("u1", "c1"), Cancelled));
    }

    /// <summary>A client that ends at once tells nobody any more what became of a message.</summary>
    [Fact]
    public async Task SendAsync_OnItsWayWhenTheProducerIsReplaced_IsAnswered()
    {
        await _stream.SendAsync(SampleEvents.Click("u1", "c1"), Cancelled);
        _broker.RefuseNextBatch();
        _broker.AnswerAfter(TimeSpan.FromMilliseconds(700));
        var refused = _stream.SendAsync(SampleEvents.Click("u1", "c2"), Cancelled);
        await Task.Delay(200, Cancelled);
        var onItsWay = _stream.SendAsync(SampleEvents.Click("u1", "c3"), Cancelled);
        await Should.ThrowAsync<StreamUnavailableException>(() => refused);
        onItsWay.IsCompleted.ShouldBeFalse();
        await _stream.SendAsync(SampleEvents.Click("u1", "c4"), Cancelled);

        (await Task.WhenAny(onItsWay, Task.Delay(TimeSpan.FromSeconds(40), Cancelled))).ShouldBe(onItsWay);
    }
}
