using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Personalization.Ingestion;

/// <summary>Makes Kafka clients from the options. None has the broker create a topic by the way: it would not be what <see cref="TopicProvisioner"/> makes.</summary>
internal sealed class KafkaClients(IOptions<IngestionOptions> options, ILogger<KafkaClients> logger)
{
    private readonly IngestionOptions _options = options.Value;

    /// <summary>The consumer of the clickstream; its handlers are the caller's.</summary>
    public ConsumerBuilder<byte[]?, byte[]?> Clickstream()
    {
        var config = Consumer(_options.GroupId);
        config.EnableAutoCommit = true;
        config.EnableAutoOffsetStore = false;
        config.AutoCommitIntervalMs = (int)_options.CommitInterval.TotalMilliseconds;
        if (_options.Protocol == ConsumerProtocol.Consumer)
        {
            config.GroupProtocol = GroupProtocol.Consumer;
        }
        else
        {
            config.PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky;
        }

        return Build(config);
    }

    /// <summary>A consumer of all of a topic that belongs to no group.</summary>
    public IConsumer<byte[]?, byte[]?> Reader()
    {
        var config = Consumer(_options.GroupId + "-reader");
        config.EnableAutoCommit = false;
        config.EnableAutoOffsetStore = false;
        config.EnablePartitionEof = true;
        return Build(config).Build();
    }

    /// <summary>A producer whose messages survive the loss of a broker and are written once.</summary>
    /// <param name="broken">Told when it had an error after which it takes nothing any more, on a thread of its own.</param>
    public IProducer<byte[]?, byte[]?> Producer(Action<IProducer<byte[]?, byte[]?>>? broken = null)
    {
        var config = new ProducerConfig
        {
            BootstrapServers = _options.BootstrapServers,
            AllowAutoCreateTopics = false,
            Acks = Acks.All,
            EnableIdempotence = true,
            LingerMs = 1,
            MessageMaxBytes = 10_000_000,
            MessageTimeoutMs = 30_000,
        };
        Apply(config, _options.ProducerSettings);
        return new ProducerBuilder<byte[]?, byte[]?>(config)
            .SetKeySerializer(Bytes.Instance)
            .SetValueSerializer(Bytes.Instance)
            .SetLogHandler((_, message) => KafkaLog.Write(logger, message))
            .SetErrorHandler((client, error) =>
            {
                KafkaLog.Write(logger, client.Name, error);
                if (error.IsFatal)
                {
                    broken?.Invoke(client);
                }
            })
            .Build();
    }

    /// <summary>An admin client.</summary>
    public IAdminClient Admin()
    {
        var config = new AdminClientConfig { BootstrapServers = _options.BootstrapServers, AllowAutoCreateTopics = false };
        Apply(config, []);
        return new AdminClientBuilder(config)
            .SetLogHandler((_, message) => KafkaLog.Write(logger, message))
            .SetErrorHandler((client, error) => KafkaLog.Write(logger, client.Name, error))
            .Build();
    }

    private ConsumerConfig Consumer(string groupId)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = _options.BootstrapServers,
            GroupId = groupId,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            AllowAutoCreateTopics = false,
            QueuedMaxMessagesKbytes = _options.PrefetchKilobytes,
            // Each consumer reads one topic: its name need not come with every message.
            ConsumeResultFields = "headers,timestamp",
            // The default of one second starves a reader that is as fast as its queue is short.
            FetchQueueBackoffMs = 5,
            // A topic that was created a moment ago, or one that has grown, is seen by then: the default is five minutes.
            TopicMetadataRefreshIntervalMs = 10_000,
        };
        if (_options.Protocol == ConsumerProtocol.Classic)
        {
            // Members learn of a rebalance by heartbeat, and a cooperative one takes two: the default of 3 s leaves partitions unread for as long.
            config.HeartbeatIntervalMs = 500;

            // A silo that ends without leaving the group keeps its partitions unread until this is over: the default is 45 s.
            config.SessionTimeoutMs = 10_000;
        }

        Apply(config, _options.ConsumerSettings);
        return config;
    }

    private ConsumerBuilder<byte[]?, byte[]?> Build(ConsumerConfig config) =>
        new ConsumerBuilder<byte[]?, byte[]?>(config)
            .SetKeyDeserializer(Bytes.Instance)
            .SetValueDeserializer(Bytes.Instance)
            .SetLogHandler((_, message) => KafkaLog.Write(logger, message))
            .SetErrorHandler((client, error) => KafkaLog.Write(logger, client.Name, error));

    private void Apply(ClientConfig config, Dictionary<string, string> own)
    {
        foreach (var (key, value) in _options.Settings.Concat(own))
        {
            config.Set(key, value);
        }
    }

    /// <summary>Bytes as they are; null stays null.</summary>
    private sealed class Bytes : ISerializer<byte[]?>, IDeserializer<byte[]?>
    {
        public static readonly Bytes Instance = new();

        public byte[]? Serialize(byte[]? data, SerializationContext context) => data;

        public byte[]? Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context) => isNull ? null : data.ToArray();
    }
}
