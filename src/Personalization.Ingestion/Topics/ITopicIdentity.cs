namespace Personalization.Ingestion;

/// <summary>Tells the identity of a topic, so that positions of a deleted topic are never taken for positions of its successor.</summary>
public interface ITopicIdentity
{
    /// <summary>The epoch of a topic as of now: its Kafka topic id in base64url without padding, or the configured <see cref="IngestionOptions.Epoch"/>.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The epoch, 1-64 of <c>A-Z a-z 0-9 - _</c>; null when the topic does not exist.</returns>
    /// <exception cref="InvalidOperationException">The broker knows no topic ids and none is configured.</exception>
    /// <exception cref="Confluent.Kafka.KafkaException">The broker cannot be asked.</exception>
    Task<string?> GetEpochAsync(string topic, CancellationToken cancellationToken);
}
