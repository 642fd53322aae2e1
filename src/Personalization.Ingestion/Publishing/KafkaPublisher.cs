using Confluent.Kafka;

namespace Personalization.Ingestion;

/// <summary>The silo's one producer, made at first use, and again after an error that it does not recover from.</summary>
internal sealed class KafkaPublisher(KafkaClients clients, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan EndsAfter = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private IProducer<byte[]?, byte[]?>? _producer;
    private bool _disposed;

    /// <summary>Writes a message.</summary>
    /// <returns>Completes when all in-sync replicas have it; throws <see cref="ProduceException{TKey,TValue}"/> when they have not.</returns>
    public async Task PublishAsync(string topic, Message<byte[]?, byte[]?> message, CancellationToken cancellationToken)
    {
        var producer = Producer();
        try
        {
            await producer.ProduceAsync(topic, message, cancellationToken);
        }
        catch (ProduceException<byte[]?, byte[]?> exception) when (exception.Error.IsFatal)
        {
            Discard(producer);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        IProducer<byte[]?, byte[]?>? producer;
        lock (_lock)
        {
            _disposed = true;
            (producer, _producer) = (_producer, null);
        }

        producer?.Flush(FlushTimeout);
        producer?.Dispose();
    }

    private IProducer<byte[]?, byte[]?> Producer()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _producer ??= clients.Producer(Discard);
        }
    }

    // An idempotent producer does not recover from a fatal error: the next message gets a new one.
    private void Discard(IProducer<byte[]?, byte[]?> producer)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(_producer, producer))
            {
                return;
            }

            _producer = null;
        }

        _ = EndAsync(producer);
    }

    // A client that ends answers nobody any more: it is kept until whoever still waits for it has an answer, or has timed out.
    private async Task EndAsync(IProducer<byte[]?, byte[]?> producer)
    {
        await Task.Delay(EndsAfter, time);
        producer.Dispose();
    }
}
