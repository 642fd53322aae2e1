namespace Personalization.Ingestion;

/// <summary>
/// One user's events of one partition, in order: while a call is under way, what comes later waits here and goes with the next call.
/// Guarded by the lock of its session; gone when empty.
/// </summary>
/// <param name="userId">The user.</param>
internal sealed class UserLane(string userId)
{
    /// <summary>The user.</summary>
    public string UserId { get; } = userId;

    /// <summary>What waits.</summary>
    public Queue<PendingEvent> Waiting { get; } = new();

    /// <summary>Whether a call is under way or about to start.</summary>
    public bool IsBusy { get; set; }
}
