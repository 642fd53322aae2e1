using System.Diagnostics;
using Confluent.Kafka;

namespace Personalization.Replay;

/// <summary>Reads what a topic holds, without a consumer group's offsets. Not thread-safe.</summary>
public sealed class KafkaTopicReader : IDisposable
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PollTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(30);
    private readonly KafkaConnection _kafka;
    private readonly KafkaTopic _topic;
    private readonly TimeSpan _patience;
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private volatile string? _trouble;

    /// <summary>Connects.</summary>
    /// <param name="kafka">How Kafka is reached.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="patience">How long Kafka may give nothing while there is something to read; null: 30 s.</param>
    public KafkaTopicReader(KafkaConnection kafka, KafkaTopic topic, TimeSpan? patience = null)
    {
        ArgumentNullException.ThrowIfNull(kafka);
        (_kafka, _topic, _patience) = (kafka, topic, patience ?? DefaultPatience);
        var config = new ConsumerConfig
        {
            GroupId = "topic-reader",
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnablePartitionEof = true, // the last record may be followed by the mark of a transaction, which is never given
        };
        _consumer = kafka.Open(config, all => new ConsumerBuilder<byte[]?, byte[]?>(all).SetLogHandler((_, _) => { }).SetErrorHandler((_, error) => _trouble = error.Reason).Build());
    }

    /// <summary>The next offset of each partition.</summary>
    /// <returns>One offset a partition.</returns>
    /// <exception cref="KafkaUnavailableException">Kafka does not answer.</exception>
    public long[] Ends() => Array.ConvertAll(Marks(), marks => marks.High.Value);

    /// <summary>How many records it holds, about: compaction and transactions leave gaps.</summary>
    /// <returns>The number.</returns>
    /// <exception cref="KafkaUnavailableException">Kafka does not answer.</exception>
    public long Count() => Marks().Sum(marks => marks.High.Value - marks.Low.Value);

    /// <summary>The records up to where each partition ends when its turn comes, one partition after the other.</summary>
    /// <param name="from">First offset of each partition; what is missing starts at its beginning.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The records.</returns>
    /// <exception cref="KafkaUnavailableException">Kafka does not answer, or no longer.</exception>
    public IEnumerable<Message<byte[]?, byte[]?>> Read(IReadOnlyList<long> from, CancellationToken cancellationToken)
    {
        for (var partition = 0; partition < _topic.Partitions; partition++)
        {
            var marks = Marks(partition);
            var next = Math.Max(marks.Low.Value, partition < from.Count ? from[partition] : 0);
            if (next >= marks.High.Value)
            {
                continue;
            }

            _consumer.Assign(new TopicPartitionOffset(_topic.Name, partition, next));
            var heard = Stopwatch.GetTimestamp();
            while (next < marks.High.Value)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (Consume() is not { } record)
                {
                    if (Stopwatch.GetElapsedTime(heard) >= _patience)
                    {
                        throw Silence(partition, next, marks.High.Value);
                    }
                }
                else if (record.IsPartitionEOF)
                {
                    next = record.Offset.Value;
                }
                else
                {
                    next = record.Offset.Value + 1;
                    yield return record.Message;
                    heard = Stopwatch.GetTimestamp(); // the caller's time is not Kafka's
                }
            }
        }

        _consumer.Unassign();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
    }

    private WatermarkOffsets[] Marks() => [.. Enumerable.Range(0, _topic.Partitions).Select(Marks)];

    private WatermarkOffsets Marks(int partition)
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

    private KafkaUnavailableException Silence(int partition, long next, long end)
    {
        var trouble = _trouble is { } reason ? $" ({reason})" : string.Empty;
        return new KafkaUnavailableException(
            $"Kafka at {_kafka.BootstrapServers} has given nothing of '{_topic.Name}' for {_patience.TotalSeconds:0} s{trouble}: partition {partition} is read to {next:N0} of {end:N0}. "
            + "See whether its brokers run and can be reached, then start again.");
    }

    private ConsumeResult<byte[]?, byte[]?>? Consume()
    {
        try
        {
            return _consumer.Consume(PollTimeout);
        }
        catch (ConsumeException exception) when (exception.Error.Code == Confluent.Kafka.ErrorCode.GroupAuthorizationFailed)
        {
            // The client looks for a coordinator unasked; who assigns partitions to itself needs none, so it needs no right to the group.
            return null;
        }
        catch (ConsumeException exception)
        {
            throw new KafkaUnavailableException($"Kafka does not give what '{_topic.Name}' holds: {exception.Error.Reason}", exception);
        }
    }
}
