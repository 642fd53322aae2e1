using Confluent.Kafka;

namespace Personalization.Ingestion.Tests;

/// <summary>Reads all of a topic.</summary>
internal static class TopicReader
{
    /// <summary>Waits until a topic holds a number of messages and gives them.</summary>
    public static List<ConsumeResult<byte[]?, byte[]?>> Read(string bootstrapServers, string topic, int count)
    {
        using var consumer = new ConsumerBuilder<byte[]?, byte[]?>(new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = "test-reader",
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
        }).SetKeyDeserializer(RawBytes.Instance).SetValueDeserializer(RawBytes.Instance).Build();
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        var partitions = admin.GetMetadata(topic, TimeSpan.FromSeconds(10)).Topics.Single().Partitions.Count;
        consumer.Assign(Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffset(topic, p, Offset.Beginning)));
        var records = new List<ConsumeResult<byte[]?, byte[]?>>();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(TimeSpan.FromSeconds(60));
        while (records.Count < count)
        {
            records.Add(consumer.Consume(timeout.Token));
        }

        return records;
    }

    /// <summary>What a group has committed, summed over a topic's partitions.</summary>
    public static long Committed(string bootstrapServers, string topic, string groupId)
    {
        using var consumer = new ConsumerBuilder<byte[]?, byte[]?>(new ConsumerConfig { BootstrapServers = bootstrapServers, GroupId = groupId })
            .SetKeyDeserializer(RawBytes.Instance).SetValueDeserializer(RawBytes.Instance).Build();
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        var partitions = admin.GetMetadata(topic, TimeSpan.FromSeconds(10)).Topics.Single().Partitions.Count;
        return consumer.Committed(Enumerable.Range(0, partitions).Select(p => new TopicPartition(topic, p)), TimeSpan.FromSeconds(10))
            .Sum(offset => Math.Max(0, offset.Offset.Value));
    }
}
