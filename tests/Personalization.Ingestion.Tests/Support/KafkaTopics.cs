using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Personalization.Testing;
using KafkaError = Confluent.Kafka.ErrorCode;

namespace Personalization.Ingestion.Tests;

/// <summary>A test's own topics and group.</summary>
internal sealed class KafkaTopics(KafkaServer server, string name, int partitions)
{
    public KafkaServer Server => server;

    public string BootstrapServers => server.BootstrapServers;

    public string Clickstream => name + ".clickstream";

    public string DeadLetter => name + ".dead-letter";

    public string Items => name + ".items";

    public string ChurnWarnings => name + ".churn-warnings";

    public string GroupId => name + ".group";

    public void Configure(IngestionOptions options)
    {
        options.BootstrapServers = BootstrapServers;
        options.ClickstreamTopic = Clickstream;
        options.DeadLetterTopic = DeadLetter;
        options.ItemsTopic = Items;
        options.ChurnWarningsTopic = ChurnWarnings;
        options.GroupId = GroupId;
        options.Partitions = partitions;
        options.CommitInterval = TimeSpan.FromMilliseconds(50);
        options.RetryDelay = TimeSpan.FromMilliseconds(10);
        options.MaxRetryDelay = TimeSpan.FromMilliseconds(200);
        options.TopicCheckInterval = TimeSpan.FromMilliseconds(200);
        if (options.Protocol == ConsumerProtocol.Classic)
        {
            options.ConsumerSettings["heartbeat.interval.ms"] = "200";
        }
    }

    public Task ProduceAsync(int from, int count, int users) =>
        TestEvents.ProduceAsync(BootstrapServers, Clickstream, from, count, users, TestContext.Current.CancellationToken);

    public long Committed() => TopicReader.Committed(BootstrapServers, Clickstream, GroupId);

    /// <summary>Creates a topic and waits until the broker knows it, which is a moment after the controller does.</summary>
    public async Task CreateAsync(string topic, Dictionary<string, string>? configs = null)
    {
        using var admin = Admin();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = partitions, Configs = configs ?? [] }]);
        await Wait.UntilAsync(
            () => admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.Exists(t => t.Topic == topic),
            TimeSpan.FromSeconds(30),
            $"{topic} is there");
    }

    /// <summary>Sets the group's progress in every partition; the group must be empty.</summary>
    public async Task SetProgressAsync(long offset)
    {
        using var admin = Admin();
        var offsets = Enumerable.Range(0, partitions).Select(partition => new TopicPartitionOffset(Clickstream, partition, offset)).ToList();
        await Wait.UntilAsync(TrySetAsync, TimeSpan.FromSeconds(60), "the group's coordinator is there");

        // A broker's first group waits until the topic of progress is made.
        async Task<bool> TrySetAsync()
        {
            try
            {
                await admin.AlterConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitionOffsets(GroupId, offsets)]);
                return true;
            }
            catch (AlterConsumerGroupOffsetsException e) when (e.Results[0].Partitions.TrueForAll(IsWithoutCoordinator))
            {
                return false;
            }
        }

        static bool IsWithoutCoordinator(TopicPartitionOffsetError partition) =>
            partition.Error.Code is KafkaError.NotCoordinatorForGroup or KafkaError.GroupLoadInProgress or KafkaError.GroupCoordinatorNotAvailable;
    }

    /// <summary>Has the clickstream start at an offset, in every partition, as its retention would.</summary>
    public async Task DeleteBeforeAsync(long offset)
    {
        using var admin = Admin();
        await admin.DeleteRecordsAsync(Enumerable.Range(0, partitions).Select(partition => new TopicPartitionOffset(Clickstream, partition, offset)));
    }

    /// <summary>Gives rights to the user of <see cref="KafkaServer.GuestSettings"/>.</summary>
    public async Task AllowGuestAsync(params (ResourceType Type, string Name, AclOperation Operation)[] rights)
    {
        using var admin = Admin();
        await admin.CreateAclsAsync(rights.Select(right => new AclBinding
        {
            Pattern = new ResourcePattern { Type = right.Type, Name = right.Name, ResourcePatternType = ResourcePatternType.Literal },
            Entry = new AccessControlEntry { Principal = "User:guest", Host = "*", Operation = right.Operation, PermissionType = AclPermissionType.Allow },
        }));
    }

    /// <summary>Deletes a topic and creates it again as soon as the broker has forgotten it.</summary>
    public async Task RecreateAsync(string topic)
    {
        using var admin = Admin();
        await admin.DeleteTopicsAsync([topic]);
        await Wait.UntilAsync(
            () => admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.TrueForAll(t => t.Topic != topic),
            TimeSpan.FromSeconds(30),
            $"{topic} is gone");
        await CreateAsync(topic);
    }

    public IAdminClient Admin() => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = BootstrapServers }).Build();
}
