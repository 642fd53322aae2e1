using Personalization.Events;

namespace Personalization.Users;

/// <summary>What is stored of a user once everything that waits is applied.</summary>
/// <param name="Payload">The stored form; the user's own where nothing changed.</param>
/// <param name="NextCheck">The check beside it, shop time.</param>
/// <param name="Kept">The events that are new in it.</param>
internal readonly record struct RestingChange(byte[] Payload, DateTimeOffset? NextCheck, BehaviorEvent[] Kept);
