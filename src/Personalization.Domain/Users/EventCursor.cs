namespace Personalization.Users;

/// <summary>When and where an event was: what the next one is written as a difference to.</summary>
/// <param name="Milliseconds">Its time.</param>
/// <param name="Offset">Its offset.</param>
/// <param name="Stream">Number of its stream.</param>
internal readonly record struct EventCursor(long Milliseconds, long Offset, int Stream);
