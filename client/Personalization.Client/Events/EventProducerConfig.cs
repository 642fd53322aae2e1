using Confluent.Kafka;

namespace Personalization.Client;

/// <summary>What every producer of events tells Kafka's client.</summary>
public static class EventProducerConfig
{
    /// <summary>
    /// A configuration under which a message is written once and on all replicas, and none makes its topic by the way: that would not have the settings a silo gives it.
    /// The partitioner is that of the Java clients, so a user's events share a partition whatever language their producers are written in.
    /// </summary>
    /// <returns>A configuration of its own, for the brokers and what else the producer needs.</returns>
    public static ProducerConfig Create() => new()
    {
        AllowAutoCreateTopics = false,
        EnableIdempotence = true,
        Acks = Acks.All,
        Partitioner = Partitioner.Murmur2Random,
    };
}
