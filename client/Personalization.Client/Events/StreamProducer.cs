using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Events;
using Personalization.Items;
using Personalization.Validation;

namespace Personalization.Client;

/// <summary>
/// Kafka: idempotent, all replicas, key = user id. A version token needs the topic's identity (<see cref="StreamEpoch"/>). A producer that had a
/// fatal error is replaced, and one that does not deliver in time, now and then: of a topic that was recreated it may look for the leader that it knew of the one
/// before, as long as that was of a later epoch.
/// </summary>
internal sealed partial class StreamProducer : IStreamProducer, IDisposable
{
    private const string FatalError = "it had a fatal error";
    private readonly KafkaOptions _options;
    private readonly ILogger<StreamProducer> _logger;
    private readonly TimeProvider _time;
    private readonly StreamEpoch _epoch;
    private readonly Lock _lock = new();
    private StreamConnection? _connection;
    private bool _disposed;

    public StreamProducer(IOptions<KafkaOptions> options, TimeProvider time, ILogger<StreamProducer> logger)
    {
        _time = time;
        _options = options.Value;
        _logger = logger;
        _epoch = new StreamEpoch(AskEpochAsync, time);

        // At once: a setting that Kafka's client refuses is said at the start, not at the first event.
        _connection = Connect();
    }

    public async Task<StreamPosition> SendAsync(BehaviorEvent behaviorEvent, CancellationToken cancellationToken)
    {
        var delivered = await ProduceAsync(_options.ClickstreamTopic, behaviorEvent.UserId, EventWriter.Write(behaviorEvent), cancellationToken);
        var epoch = _options.Epoch ?? await _epoch.GetAsync().WaitAsync(cancellationToken);
        return new StreamPosition(epoch, delivered.Partition.Value, delivered.Offset.Value);
    }

    public Task PutItemAsync(Item item, CancellationToken cancellationToken) =>
        ProduceAsync(_options.ItemsTopic, item.ItemId, ItemWriter.Write(item), cancellationToken);

    public Task RemoveItemAsync(string itemId, CancellationToken cancellationToken) =>
        ProduceAsync(_options.ItemsTopic, itemId, null, cancellationToken);

    public void Dispose()
    {
        StreamConnection? connection;
        lock (_lock)
        {
            _disposed = true;
            (connection, _connection) = (_connection, null);
        }

        connection?.Producer.Flush(_options.DeliveryTimeout);
        connection?.Dispose();
    }

    private StreamConnection Connect() => new(_options, _time, LogKafka);

    private StreamConnection Connection()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_connection is { IsBroken: true } broken)
            {
                Discard(broken, FatalError);
            }

            return _connection ??= Connect();
        }
    }

    // An idempotent producer does not recover from a fatal error: the next message gets a new one.
    private void Discard(StreamConnection connection, string reason)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(_connection, connection))
            {
                return;
            }

            _connection = null;
        }

        LogDiscarded(reason);
        _ = EndAsync(connection);
    }

    // A client that ends answers nobody any more: it is kept until whoever still waits for it has an answer, or has timed out.
    private async Task EndAsync(StreamConnection connection)
    {
        await Task.Delay(2 * _options.DeliveryTimeout, _time);
        connection.Dispose();
    }

    private async Task<DeliveryResult<byte[], byte[]?>> ProduceAsync(string topic, string key, byte[]? value, CancellationToken cancellationToken)
    {
        var connection = Connection();
        try
        {
            return await connection.Producer.ProduceAsync(topic, new Message<byte[], byte[]?> { Key = Encoding.UTF8.GetBytes(key), Value = value }, cancellationToken);
        }
        catch (KafkaException exception)
        {
            if (exception.Error.IsFatal)
            {
                Discard(connection, FatalError);
            }
            else if (exception.Error.Code == Confluent.Kafka.ErrorCode.Local_MsgTimedOut && _time.GetElapsedTime(connection.MadeAt) > 3 * _options.DeliveryTimeout)
            {
                // Not more often: while Kafka is away, no other one fares better.
                Discard(connection, "it did not deliver in time");
            }

            throw new StreamUnavailableException($"Kafka did not take it: {exception.Error.Reason}", exception);
        }
    }

    private async Task<string> AskEpochAsync()
    {
        try
        {
            var answer = await Connection().Admin.DescribeTopicsAsync(
                TopicCollection.OfTopicNames([_options.ClickstreamTopic]),
                new DescribeTopicsOptions { RequestTimeout = _options.DeliveryTimeout });
            var id = answer.TopicDescriptions[0].TopicId;
            return StreamPosition.EpochOf(id.MostSignificantBits, id.LeastSignificantBits);
        }
        catch (KafkaException exception)
        {
            throw new StreamUnavailableException($"Kafka did not say the topic's id: {exception.Error.Reason}", exception);
        }
    }

    [LoggerMessage(7000, LogLevel.Warning, "Kafka producer: {Message}")]
    private partial void LogKafka(string message);

    [LoggerMessage(7001, LogLevel.Error, "Kafka's producer is replaced: {Reason}")]
    private partial void LogDiscarded(string reason);
}
