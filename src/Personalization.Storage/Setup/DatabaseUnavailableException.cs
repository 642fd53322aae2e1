namespace Personalization.Storage;

/// <summary>The database cannot be used; the message says what to do.</summary>
/// <param name="message">For the operator.</param>
/// <param name="inner">The cause, if any.</param>
public sealed class DatabaseUnavailableException(string message, Exception? inner) : Exception(message, inner);
