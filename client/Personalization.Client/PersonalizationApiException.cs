using System.Net;

namespace Personalization.Client;

/// <summary>The HTTP API refused a request.</summary>
/// <param name="status">HTTP status.</param>
/// <param name="message">The problem's detail.</param>
/// <param name="problem">The answer's body (RFC 9457), as text.</param>
public sealed class PersonalizationApiException(HttpStatusCode status, string message, string problem) : Exception(message)
{
    /// <summary>HTTP status.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>The answer's body (RFC 9457), as text.</summary>
    public string Problem { get; } = problem;
}
