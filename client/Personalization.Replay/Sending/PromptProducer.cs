using System.Text;
using Confluent.Kafka;
using Personalization.Client;
using Personalization.Events;
using Personalization.Validation;

namespace Personalization.Replay;

/// <summary>Produces single events without waiting for company and says where each one landed: as a caller that wants to read its own click. Thread-safe.</summary>
public sealed class PromptProducer : IDisposable
{
    private readonly IProducer<byte[], byte[]> _producer;
    private readonly KafkaTopic _topic;

    /// <summary>Makes a producer.</summary>
    /// <param name="kafka">How Kafka is reached.</param>
    /// <param name="topic">The topic.</param>
    public PromptProducer(KafkaConnection kafka, KafkaTopic topic)
    {
        ArgumentNullException.ThrowIfNull(kafka);
        ArgumentNullException.ThrowIfNull(topic);
        _topic = topic;
        var config = EventProducerConfig.Create();
        config.LingerMs = 0;
        config.MessageTimeoutMs = 10_000;
        config.SocketNagleDisable = true;
        _producer = kafka.Open(config, all => new ProducerBuilder<byte[], byte[]>(all).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build());
    }

    /// <summary>Sends an event.</summary>
    /// <param name="behaviorEvent">The event.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Its place, once all replicas have it.</returns>
    /// <exception cref="KafkaUnavailableException">Kafka did not take it.</exception>
    public async Task<StreamPosition> SendAsync(BehaviorEvent behaviorEvent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(behaviorEvent);
        try
        {
            var message = new Message<byte[], byte[]> { Key = Encoding.UTF8.GetBytes(behaviorEvent.UserId), Value = EventWriter.Write(behaviorEvent) };
            var delivered = await _producer.ProduceAsync(_topic.Name, message, cancellationToken);
            return new StreamPosition(_topic.Id, delivered.Partition.Value, delivered.Offset.Value);
        }
        catch (KafkaException exception)
        {
            throw new KafkaUnavailableException($"Kafka did not take an event: {exception.Error.Reason}", exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _producer.Dispose();
}
