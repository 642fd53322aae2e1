using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Personalization.Replay;

/// <summary>How far a consumer group has come, as Kafka knows it. A silo commits an offset only when every event before it is durable. Thread-safe.</summary>
public sealed class ConsumerGroup : IDisposable
{
    /// <summary>The group of the silos, unless it is configured otherwise.</summary>
    public const string DefaultName = "personalization";

    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(10);
    private readonly IAdminClient _admin;
    private readonly string _group;
    private readonly TopicPartition[] _partitions;

    /// <summary>Looks at one topic.</summary>
    /// <param name="kafka">How Kafka is reached.</param>
    /// <param name="group">The group.</param>
    /// <param name="topic">The topic.</param>
    public ConsumerGroup(KafkaConnection kafka, string group, KafkaTopic topic)
    {
        ArgumentNullException.ThrowIfNull(kafka);
        ArgumentNullException.ThrowIfNull(topic);
        _group = group;
        _partitions = [.. Enumerable.Range(0, topic.Partitions).Select(partition => new TopicPartition(topic.Name, partition))];
        _admin = kafka.Open(new AdminClientConfig(), config => new AdminClientBuilder(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build());
    }

    /// <summary>Committed offsets.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>By partition; 0 where nothing is committed.</returns>
    /// <exception cref="KafkaUnavailableException">Kafka does not say.</exception>
    public async Task<long[]> CommittedAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            var answer = await _admin.ListConsumerGroupOffsetsAsync(
                [new ConsumerGroupTopicPartitions(_group, [.. _partitions])],
                new ListConsumerGroupOffsetsOptions { RequestTimeout = RequestTimeout }).WaitAsync(cancellationToken);
            var offsets = new long[_partitions.Length];
            foreach (var partition in answer.Single().Partitions)
            {
                offsets[partition.Partition.Value] = Math.Max(0, partition.Offset.Value);
            }

            return offsets;
        }
        catch (KafkaException exception)
        {
            throw new KafkaUnavailableException($"Kafka does not tell the offsets of group '{_group}': {exception.Error.Reason}", exception);
        }
    }

    /// <summary>Events that are not yet committed.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The sum over all partitions.</returns>
    /// <exception cref="KafkaUnavailableException">Kafka does not say.</exception>
    public async Task<long> LagAsync(CancellationToken cancellationToken = default)
    {
        var committed = await CommittedAsync(cancellationToken);
        try
        {
            var ends = await _admin.ListOffsetsAsync(
                _partitions.Select(partition => new TopicPartitionOffsetSpec { TopicPartition = partition, OffsetSpec = OffsetSpec.Latest() }),
                new ListOffsetsOptions { RequestTimeout = RequestTimeout }).WaitAsync(cancellationToken);
            return ends.ResultInfos.Sum(end => Math.Max(0, end.TopicPartitionOffsetError.Offset.Value - committed[end.TopicPartitionOffsetError.Partition.Value]));
        }
        catch (KafkaException exception)
        {
            throw new KafkaUnavailableException($"Kafka does not tell the ends of the topic: {exception.Error.Reason}", exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _admin.Dispose();
}
