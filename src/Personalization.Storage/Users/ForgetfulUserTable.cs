using Personalization.Users;

namespace Personalization.Storage;

/// <summary>Acknowledges every write and keeps nothing, so that a measurement shows what everything but storage costs.</summary>
internal sealed class ForgetfulUserTable(StorageOptions options) : IUserTable
{
    public int MaxBatch => options.MaxBatch;

    public Task<UserRow?[]> ReadAsync(IReadOnlyList<string> userIds) => Task.FromResult(new UserRow?[userIds.Count]);

    public Task<UserRow?[]> ClaimAsync(IReadOnlyList<string> userIds, long holder) => ReadAsync(userIds);

    public Task<long?[]> WriteAsync(IReadOnlyList<UserWrite> writes) => Task.FromResult(writes.Select(write => (long?)(write.Expected + 1)).ToArray());

    public Task<bool> DeleteAsync(string userId, long version) => Task.FromResult(true);

    public Task<IReadOnlyList<DueUser>> ListDueAsync(int bucket, DateTimeOffset now, DueUser? after, int limit, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<DueUser>>([]);

    public Task RescheduleAsync(IReadOnlyList<(string UserId, long Version, DateTimeOffset? NextCheck)> checks, CancellationToken cancellationToken) => Task.CompletedTask;
}
