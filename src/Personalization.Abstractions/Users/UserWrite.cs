namespace Personalization.Users;

/// <summary>A state that is to be written.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Expected">Version it replaces; 0: the row must not exist.</param>
/// <param name="NextCheck">Unix milliseconds, or null.</param>
/// <param name="Payload">The state.</param>
/// <param name="Holder">The silo whose grain holds the user in memory from now on, see <see cref="UserHolder"/>.</param>
public sealed record UserWrite(string UserId, long Expected, long? NextCheck, byte[] Payload, long Holder);
