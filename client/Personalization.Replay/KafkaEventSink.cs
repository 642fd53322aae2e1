using System.Text;
using Confluent.Kafka;
using Personalization.Events;
using Personalization.Items;
using Personalization.Validation;

namespace Personalization.Replay;

/// <summary>Sends events and items to Kafka: idempotent, in order per user, acknowledged by all replicas.</summary>
public sealed class KafkaEventSink : IEventSink, IDisposable
{
    private readonly IProducer<byte[], byte[]> _producer;
    private readonly string _eventsTopic;
    private readonly string _itemsTopic;
    private Exception? _failure;

    /// <summary>Connects lazily.</summary>
    /// <param name="bootstrapServers">Kafka.</param>
    /// <param name="eventsTopic">Topic of events.</param>
    /// <param name="itemsTopic">Topic of items.</param>
    public KafkaEventSink(string bootstrapServers, string eventsTopic = Topics.Clickstream, string itemsTopic = Topics.Items)
    {
        _eventsTopic = eventsTopic;
        _itemsTopic = itemsTopic;
        _producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig
        {
            BootstrapServers = bootstrapServers,
            EnableIdempotence = true,
            Acks = Acks.All,
            LingerMs = 5,
            QueueBufferingMaxMessages = 100_000,
            Partitioner = Partitioner.Murmur2Random,
        })
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, error) => _failure = error.IsFatal ? new KafkaException(error) : _failure)
            .Build();
    }

    /// <inheritdoc/>
    public async ValueTask SendAsync(BehaviorEvent behaviorEvent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(behaviorEvent);
        await ProduceAsync(_eventsTopic, behaviorEvent.UserId, EventWriter.Write(behaviorEvent), cancellationToken);
    }

    /// <summary>Sends one item of the catalogue.</summary>
    /// <param name="item">The item.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Completes when it is queued.</returns>
    public async ValueTask SendAsync(Item item, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(item);
        await ProduceAsync(_itemsTopic, item.ItemId, ItemWriter.Write(item), cancellationToken);
    }

    /// <inheritdoc/>
    public Task FlushAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            while (_producer.Flush(TimeSpan.FromMilliseconds(100)) > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                ThrowIfFailed();
            }

            ThrowIfFailed();
        },
        cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _producer.Dispose();

    private async ValueTask ProduceAsync(string topic, string key, byte[] value, CancellationToken cancellationToken)
    {
        ThrowIfFailed();
        while (true)
        {
            try
            {
                _producer.Produce(topic, new Message<byte[], byte[]> { Key = Encoding.UTF8.GetBytes(key), Value = value }, OnDelivered);
                return;
            }
            catch (ProduceException<byte[], byte[]> exception) when (exception.Error.Code == ErrorCode.Local_QueueFull)
            {
                await Task.Delay(10, cancellationToken);
            }
        }
    }

    private void OnDelivered(DeliveryReport<byte[], byte[]> report)
    {
        if (report.Error.IsError)
        {
            _failure ??= new KafkaException(report.Error);
        }
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } failure)
        {
            throw new InvalidOperationException("Kafka did not take an event: " + failure.Message, failure);
        }
    }
}
