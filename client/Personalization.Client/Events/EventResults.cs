namespace Personalization.Client;

/// <summary>Answer of <c>POST /v1/events</c>.</summary>
/// <param name="Accepted">Events taken.</param>
/// <param name="Rejected">Events refused.</param>
/// <param name="Results">One an event, in order.</param>
public sealed record EventResults(int Accepted, int Rejected, EventResult[] Results);
