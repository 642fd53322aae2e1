namespace Personalization.Users;

/// <summary>The sweeper's view of the stored users.</summary>
public interface IDueUserStore
{
    /// <summary>Users of a bucket whose check is due, the longest overdue first; of those due at the same time in an order of the store's own.</summary>
    /// <param name="bucket">See <see cref="Churn.ChurnBuckets"/>.</param>
    /// <param name="now">Shop time.</param>
    /// <param name="after">Only those behind this one, for the next page; null: from the first on.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The users.</returns>
    Task<IReadOnlyList<DueUser>> ListDueAsync(int bucket, DateTimeOffset now, DueUser? after, int limit, CancellationToken cancellationToken);

    /// <summary>Moves checks without touching state; a row that changed since (other version) is left alone.</summary>
    /// <param name="checks">User, version it was read at, next check or null for never.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Completes when durable.</returns>
    Task RescheduleAsync(IReadOnlyList<(string UserId, long Version, DateTimeOffset? NextCheck)> checks, CancellationToken cancellationToken);
}
