namespace Personalization.Replay;

/// <summary>Kafka does not answer, or not with what is needed.</summary>
/// <param name="message">A sentence.</param>
/// <param name="inner">What the client said, if anything.</param>
public sealed class KafkaUnavailableException(string message, Exception? inner = null) : IOException(message, inner);
