using System.Text.Json;
using Confluent.Kafka;
using Personalization.Events;

namespace Personalization.Replay;

/// <summary>A Kafka topic as the target of a load.</summary>
public sealed class KafkaBootstrapTarget : IBootstrapTarget, IDisposable
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PollTimeout = TimeSpan.FromSeconds(1);
    private readonly KafkaEventSink _sink;
    private readonly KafkaTopic _topic;
    private readonly IConsumer<Ignore, byte[]?> _consumer;

    /// <summary>Connects.</summary>
    /// <param name="bootstrapServers">Kafka brokers.</param>
    /// <param name="topic">The topic.</param>
    public KafkaBootstrapTarget(string bootstrapServers, KafkaTopic topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        _topic = topic;
        _sink = new KafkaEventSink(bootstrapServers, topic.Name);
        var config = new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = "bootstrap-reader",
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Earliest,
        };
        _consumer = new ConsumerBuilder<Ignore, byte[]?>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
    }

    /// <inheritdoc/>
    public string Id => _topic.Id;

    /// <inheritdoc/>
    public ValueTask SendAsync(BehaviorEvent behaviorEvent, CancellationToken cancellationToken) => _sink.SendAsync(behaviorEvent, cancellationToken);

    /// <inheritdoc/>
    public Task FlushAsync(CancellationToken cancellationToken) => _sink.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<long[]> EndsAsync(CancellationToken cancellationToken) => Task.Run(
        () => Enumerable.Range(0, _topic.Partitions).Select(partition => Watermarks(partition).High.Value).ToArray(), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlySet<string>> EventIdsAsync(IReadOnlyList<long> from, CancellationToken cancellationToken) =>
        Task.Run<IReadOnlySet<string>>(() => ReadIds(from, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _sink.Dispose();
        _consumer.Close();
        _consumer.Dispose();
    }

    private static string? IdOf(byte[]? value)
    {
        try
        {
            using var json = JsonDocument.Parse(value);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("eventId"u8, out var id) && id.ValueKind == JsonValueKind.String
                ? id.GetString()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private WatermarkOffsets Watermarks(int partition)
    {
        try
        {
            return _consumer.QueryWatermarkOffsets(new TopicPartition(_topic.Name, partition), RequestTimeout);
        }
        catch (KafkaException exception)
        {
            throw new KafkaUnavailableException($"Kafka does not tell where '{_topic.Name}' ends: {exception.Error.Reason}", exception);
        }
    }

    private HashSet<string> ReadIds(IReadOnlyList<long> from, CancellationToken cancellationToken)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var partition = 0; partition < _topic.Partitions; partition++)
        {
            var marks = Watermarks(partition);
            var next = Math.Max(marks.Low.Value, partition < from.Count ? from[partition] : 0);
            if (next >= marks.High.Value)
            {
                continue;
            }

            _consumer.Assign(new TopicPartitionOffset(_topic.Name, partition, next));
            while (next < marks.High.Value)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (Consume() is { } record)
                {
                    next = record.Offset.Value + 1;
                    if (IdOf(record.Message.Value) is { } id)
                    {
                        ids.Add(id);
                    }
                }
                else
                {
                    next = Math.Max(next, _consumer.Position(new TopicPartition(_topic.Name, partition)).Value);
                }
            }
        }

        _consumer.Unassign();
        return ids;
    }

    private ConsumeResult<Ignore, byte[]?>? Consume()
    {
        try
        {
            return _consumer.Consume(PollTimeout);
        }
        catch (ConsumeException exception)
        {
            throw new KafkaUnavailableException($"Kafka does not give what '{_topic.Name}' holds: {exception.Error.Reason}", exception);
        }
    }
}
