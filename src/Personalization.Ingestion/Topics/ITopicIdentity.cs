namespace Personalization.Ingestion;

/// <summary>Tells which topic it is that a name stands for, so that positions of a deleted one are never taken for positions of its successor.</summary>
public interface ITopicIdentity
{
    /// <summary>What a topic is as of now.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Its identity; null when it does not exist.</returns>
    /// <exception cref="InvalidOperationException">The broker knows no topic ids and none is configured.</exception>
    /// <exception cref="Confluent.Kafka.KafkaException">The broker cannot be asked.</exception>
    Task<TopicIdentity?> GetAsync(string topic, CancellationToken cancellationToken);
}
