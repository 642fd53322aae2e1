using System.Buffers.Binary;
using System.Buffers.Text;
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
/// Kafka: idempotent, all replicas, key = user id. A version token needs the topic's identity: it is asked of Kafka every few
/// seconds, as a topic may be recreated.
/// </summary>
internal sealed partial class StreamProducer : IStreamProducer, IDisposable
{
    private static readonly TimeSpan EpochLifetime = TimeSpan.FromSeconds(10);
    private readonly ProducerOptions _options;
    private readonly ILogger<StreamProducer> _logger;
    private readonly IProducer<byte[], byte[]?> _producer;
    private readonly IAdminClient _admin;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private long _asked;
    private Task<string>? _epoch;

    public StreamProducer(IOptions<ProducerOptions> options, TimeProvider time, ILogger<StreamProducer> logger)
    {
        _time = time;
        _options = options.Value;
        _logger = logger;
        _producer = new ProducerBuilder<byte[], byte[]?>(new ProducerConfig(new Dictionary<string, string>(_options.Settings))
        {
            BootstrapServers = _options.BootstrapServers,
            EnableIdempotence = true,
            Acks = Acks.All,
            LingerMs = 1,
            MessageTimeoutMs = (int)_options.DeliveryTimeout.TotalMilliseconds,
            Partitioner = Partitioner.Murmur2Random,
            SocketNagleDisable = true,
        })
            .SetLogHandler((_, message) => LogKafka(message.Message))
            .SetErrorHandler((_, error) => LogKafka(error.Reason))
            .Build();
        _admin = new DependentAdminClientBuilder(_producer.Handle).Build();
    }

    public async Task<StreamPosition> SendAsync(BehaviorEvent behaviorEvent, CancellationToken cancellationToken)
    {
        var delivered = await ProduceAsync(_options.ClickstreamTopic, behaviorEvent.UserId, EventWriter.Write(behaviorEvent), cancellationToken);
        var epoch = await EpochAsync().WaitAsync(cancellationToken);
        return new StreamPosition(epoch, delivered.Partition.Value, delivered.Offset.Value);
    }

    public Task PutItemAsync(Item item, CancellationToken cancellationToken) =>
        ProduceAsync(_options.ItemsTopic, item.ItemId, ItemWriter.Write(item), cancellationToken);

    public Task RemoveItemAsync(string itemId, CancellationToken cancellationToken) =>
        ProduceAsync(_options.ItemsTopic, itemId, null, cancellationToken);

    public void Dispose()
    {
        _producer.Flush(_options.DeliveryTimeout);
        _admin.Dispose();
        _producer.Dispose();
    }

    private async Task<DeliveryResult<byte[], byte[]?>> ProduceAsync(string topic, string key, byte[]? value, CancellationToken cancellationToken)
    {
        try
        {
            return await _producer.ProduceAsync(topic, new Message<byte[], byte[]?> { Key = Encoding.UTF8.GetBytes(key), Value = value }, cancellationToken);
        }
        catch (KafkaException exception)
        {
            throw new StreamUnavailableException($"Kafka did not take it: {exception.Error.Reason}", exception);
        }
    }

    private Task<string> EpochAsync()
    {
        if (_options.Epoch is { } configured)
        {
            return Task.FromResult(configured);
        }

        lock (_lock)
        {
            if (_epoch is null || _epoch.IsFaulted || _time.GetElapsedTime(_asked) > EpochLifetime)
            {
                _asked = _time.GetTimestamp();
                _epoch = AskEpochAsync();
            }

            return _epoch;
        }
    }

    private async Task<string> AskEpochAsync()
    {
        try
        {
            var answer = await _admin.DescribeTopicsAsync(
                TopicCollection.OfTopicNames([_options.ClickstreamTopic]),
                new DescribeTopicsOptions { RequestTimeout = _options.DeliveryTimeout });
            var id = answer.TopicDescriptions[0].TopicId;
            Span<byte> bytes = stackalloc byte[16];
            BinaryPrimitives.WriteInt64BigEndian(bytes, id.MostSignificantBits);
            BinaryPrimitives.WriteInt64BigEndian(bytes[8..], id.LeastSignificantBits);
            return Base64Url.EncodeToString(bytes);
        }
        catch (KafkaException exception)
        {
            throw new StreamUnavailableException($"Kafka did not say the topic's id: {exception.Error.Reason}", exception);
        }
    }

    [LoggerMessage(7000, LogLevel.Warning, "Kafka producer: {Message}")]
    private partial void LogKafka(string message);
}
