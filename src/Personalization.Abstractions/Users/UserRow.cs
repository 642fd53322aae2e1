namespace Personalization.Users;

/// <summary>A stored user.</summary>
/// <param name="Version">Version of the row, from 1.</param>
/// <param name="NextCheck">Unix milliseconds, or null.</param>
/// <param name="Payload">The state; empty for a user of whom nothing was heard yet.</param>
/// <param name="Holder">The silo whose grain holds the user in memory, see <see cref="UserHolder"/>.</param>
public sealed record UserRow(long Version, long? NextCheck, byte[] Payload, long Holder);
