using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Personalization.Testing;

namespace Personalization.Ingestion.Tests.Publishing;

public sealed class KafkaPublisherTests : IDisposable
{
    private readonly MockBroker _broker = new("topic");
    private readonly KafkaPublisher _publisher;

    public KafkaPublisherTests() => _publisher = new KafkaPublisher(
        new KafkaClients(Options.Create(new IngestionOptions { BootstrapServers = _broker.BootstrapServers }), NullLogger<KafkaClients>.Instance), TimeProvider.System);

    public void Dispose()
    {
        _publisher.Dispose();
        _broker.Dispose();
    }

    [Fact]
    public async Task PublishAsync_AfterAFatalError_ReachesKafkaAgain()
    {
        await PublishAsync();
        _broker.RefuseNextBatch();
        await Should.ThrowAsync<ProduceException<byte[]?, byte[]?>>(PublishAsync);

        await PublishAsync();
    }

    private Task PublishAsync() => _publisher.PublishAsync("topic", new Message<byte[]?, byte[]?> { Key = [1], Value = [2] }, TestContext.Current.CancellationToken);
}
