namespace Personalization.Inference.Providers;

/// <summary>The configured execution provider is not there; the message says what to install.</summary>
/// <param name="message">What is missing and what to do.</param>
/// <param name="inner">The cause.</param>
public sealed class InferenceProviderException(string message, Exception? inner = null) : Exception(message, inner);
