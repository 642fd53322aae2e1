using Personalization.Events;

namespace Personalization.Users;

/// <summary>What became of a batch that was appended to a stored form.</summary>
/// <param name="Payload">The stored form now; the same one where nothing is new.</param>
/// <param name="Result">What became of its events.</param>
/// <param name="LastSeen">Time of the user's last event.</param>
public readonly record struct StoredAppend(byte[] Payload, AppendResult Result, DateTimeOffset LastSeen);
