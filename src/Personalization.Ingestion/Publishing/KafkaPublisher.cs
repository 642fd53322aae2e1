using Confluent.Kafka;
using ErrorCode = Confluent.Kafka.ErrorCode;

namespace Personalization.Ingestion;

/// <summary>
/// The silo's one producer, made at first use, and again after an error that it does not recover from, or, now and then, where it does not deliver in time: of a
/// topic that was recreated it may look for the leader that it knew of the one before, as long as that was of a later epoch.
/// </summary>
internal sealed class KafkaPublisher(KafkaClients clients, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan EndsAfter = TimeSpan.FromMinutes(1);

    // Not more often: while Kafka is away, no other one fares better.
    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private IProducer<byte[]?, byte[]?>? _producer;
    private long _madeAt;
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
        catch (ProduceException<byte[]?, byte[]?> exception)
        {
            if (exception.Error.IsFatal || (exception.Error.Code == ErrorCode.Local_MsgTimedOut && IsOld))
            {
                Discard(producer);
            }

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

    private bool IsOld => time.GetElapsedTime(Volatile.Read(ref _madeAt)) > KeptFor;

    private IProducer<byte[]?, byte[]?> Producer()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_producer is null)
            {
                _producer = clients.Producer(Discard);
                Volatile.Write(ref _madeAt, time.GetTimestamp());
            }

            return _producer;
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
