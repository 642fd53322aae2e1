namespace Personalization.Users;

/// <summary>A stored user whose check is due.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Version">Storage version of the row.</param>
/// <param name="NextCheck">When it was due, shop time.</param>
/// <param name="Payload">The stored state.</param>
public sealed record DueUser(string UserId, long Version, DateTimeOffset NextCheck, byte[] Payload);
