namespace Personalization.Ingestion;

/// <summary>What a topic is: it is another one when it was deleted and created again, and is read anew when it got more partitions.</summary>
/// <param name="Epoch">
/// Its Kafka topic id in base64url without padding, or the configured <see cref="IngestionOptions.Epoch"/>: 1-64 of <c>A-Z a-z 0-9 - _</c>.
/// </param>
/// <param name="Partitions">How many it has.</param>
public sealed record TopicIdentity(string Epoch, int Partitions);
