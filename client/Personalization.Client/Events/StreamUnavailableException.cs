namespace Personalization.Client;

/// <summary>Kafka did not take something in time; nothing says whether it will: send it again with the same event id.</summary>
/// <param name="message">What happened.</param>
/// <param name="inner">The cause.</param>
public sealed class StreamUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
