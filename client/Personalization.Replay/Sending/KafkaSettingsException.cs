namespace Personalization.Replay;

/// <summary>librdkafka knows no setting of that name, or not that value of it, or cannot use what it names, such as a certificate.</summary>
/// <param name="message">A sentence with librdkafka's own words.</param>
/// <param name="inner">What it said.</param>
public sealed class KafkaSettingsException(string message, Exception? inner = null) : Exception(message, inner);
