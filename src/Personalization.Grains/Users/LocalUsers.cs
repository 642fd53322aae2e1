using Personalization.Events;

namespace Personalization.Users;

/// <summary>The users whom this silo's streams speak of: active ones have a grain here, the others rest.</summary>
internal sealed class LocalUsers(ActiveUsers active, RestingUsers resting, SnapshotQueue snapshots) : ILocalUsers
{
    /// <inheritdoc/>
    public bool TryAppend(string userId, EventBatch batch) => active.TryAppend(userId, batch) || resting.TryAppend(userId, batch);

    /// <inheritdoc/>
    public void Hasten()
    {
        snapshots.Hasten();
        resting.Hasten();
    }
}
