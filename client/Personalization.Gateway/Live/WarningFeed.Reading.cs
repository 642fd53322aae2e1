using System.Text.Json;
using Confluent.Kafka;
using Personalization.Churn;
using Personalization.Client;

namespace Personalization.Gateway;

/// <content>Reads the topic.</content>
internal sealed partial class WarningFeed
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan CatchUpTime = TimeSpan.FromSeconds(10); // a partition without a leader holds the others up no longer
    private static readonly TimeSpan LookForPartitions = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.Factory.StartNew(() => Consume(stoppingToken), stoppingToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogInterrupted(exception.Message);
                await Task.Delay(RetryDelay, time, stoppingToken);
            }
        }
    }

    /// <summary>Returns when the topic has other partitions than at the start.</summary>
    private void Consume(CancellationToken stoppingToken)
    {
        // Each gateway shows every warning, so it assigns all partitions to itself instead of joining a group.
        using var consumer = new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig(new Dictionary<string, string>(kafka.Value.Settings))
        {
            BootstrapServers = kafka.Value.BootstrapServers,
            GroupId = "personalization-gateway-" + Guid.NewGuid().ToString("N"),
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Earliest, // where retention took the next one, or the topic is another
            EnablePartitionEof = true,
        }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        var partitions = Partitions(admin);
        consumer.Assign(partitions.Select(partition => new TopicPartitionOffset(kafka.Value.ChurnWarningsTopic, partition, Start(consumer, partition))).ToArray());

        // What was there before comes partition by partition: it is put in order once the end of all is reached.
        var behind = partitions.ToHashSet();
        var caught = new List<ConsumeResult<Ignore, byte[]>>();
        var (started, looked) = (time.GetTimestamp(), time.GetTimestamp());
        while (!stoppingToken.IsCancellationRequested)
        {
            if (Next(consumer) is { } record)
            {
                if (record.IsPartitionEOF)
                {
                    behind.Remove(record.Partition);
                }
                else
                {
                    caught.Add(record);
                }
            }

            if (behind.Count == 0 || time.GetElapsedTime(started) > CatchUpTime)
            {
                Take(caught);
                caught.Clear();
            }

            if (time.GetElapsedTime(looked) > LookForPartitions)
            {
                if (!partitions.SequenceEqual(Partitions(admin)))
                {
                    return;
                }

                looked = time.GetTimestamp();
            }
        }
    }

    private static ConsumeResult<Ignore, byte[]>? Next(IConsumer<Ignore, byte[]> consumer)
    {
        try
        {
            return consumer.Consume(Poll);
        }
        catch (ConsumeException exception) when (exception.Error.Code == Confluent.Kafka.ErrorCode.GroupAuthorizationFailed)
        {
            // The client looks for a coordinator unasked; who assigns partitions to itself needs none, so it needs no right to the group.
            return null;
        }
    }

    private int[] Partitions(IAdminClient admin)
    {
        var topic = admin.GetMetadata(kafka.Value.ChurnWarningsTopic, AnswerTime).Topics.Single();
        return topic.Error.IsError || topic.Partitions.Count == 0
            ? throw new KafkaException(topic.Error)
            : [.. topic.Partitions.Select(partition => partition.PartitionId).Order()];
    }

    /// <summary>Behind what was read; at first as many before the end as are kept, or as are left.</summary>
    private Offset Start(IConsumer<Ignore, byte[]> consumer, int partition)
    {
        if (_read[partition] is { } last)
        {
            return last + 1;
        }

        var there = consumer.QueryWatermarkOffsets(new TopicPartition(kafka.Value.ChurnWarningsTopic, partition), AnswerTime);
        return Math.Max(there.Low, there.High - options.Value.KeptWarnings);
    }

    /// <summary>Takes records in. The first time they are no news: only streams that resume get them, as far as they lack them.</summary>
    private void Take(List<ConsumeResult<Ignore, byte[]>> records)
    {
        lock (_lock)
        {
            foreach (var record in Merged(records))
            {
                if (record.Message.Value is not { } value || Parse(value) is not { } warning)
                {
                    _read.Advance(record.Partition, record.Offset);
                }
                else if (_filled)
                {
                    Add(record.Partition, record.Offset, warning);
                }
                else
                {
                    Keep(record.Partition, record.Offset, warning);
                }
            }

            if (!_filled)
            {
                _filled = true;
                foreach (var (listener, position) in _listeners)
                {
                    foreach (var entry in Missed(position))
                    {
                        listener(entry);
                    }
                }
            }
        }
    }

    /// <summary>By time, and in a partition always by offset.</summary>
    private static IEnumerable<ConsumeResult<Ignore, byte[]>> Merged(List<ConsumeResult<Ignore, byte[]>> records)
    {
        var newest = new Dictionary<int, long>();
        var timed = new List<(long Time, ConsumeResult<Ignore, byte[]> Record)>(records.Count);
        foreach (var record in records)
        {
            var at = Math.Max(newest.GetValueOrDefault(record.Partition), record.Message.Timestamp.UnixTimestampMs);
            newest[record.Partition] = at;
            timed.Add((at, record));
        }

        return timed.OrderBy(each => each.Time).Select(each => each.Record);
    }

    private static ChurnWarning? Parse(byte[] value)
    {
        try
        {
            return JsonSerializer.Deserialize<ChurnWarning>(value, PersonalizationJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [LoggerMessage(8100, LogLevel.Warning, "The churn warnings' topic cannot be read yet, trying again: {Reason}")]
    private partial void LogInterrupted(string reason);
}
