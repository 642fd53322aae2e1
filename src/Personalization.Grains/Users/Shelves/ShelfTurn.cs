namespace Personalization.Users;

/// <summary>How a question for a shelf came to its turn.</summary>
/// <param name="Deadline">When the answer is due.</param>
/// <param name="Stale">Whether the state is older than the version that was asked for.</param>
/// <param name="Waited">How long the question waited for that version.</param>
internal readonly record struct ShelfTurn(Deadline Deadline, bool Stale, TimeSpan Waited);
