namespace Personalization.Storage;

/// <summary>A stored user.</summary>
/// <param name="Version">Version of the row, from 1.</param>
/// <param name="NextCheck">Unix milliseconds, or null.</param>
/// <param name="Payload">The state.</param>
internal sealed record UserRow(long Version, long? NextCheck, byte[] Payload);
