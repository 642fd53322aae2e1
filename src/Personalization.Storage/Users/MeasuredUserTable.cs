using Personalization.Users;

namespace Personalization.Storage;

/// <summary>Measures what the users' table does for grains and streams.</summary>
internal sealed class MeasuredUserTable(IUserTable table, StorageInstruments instruments, TimeProvider time) : IUserTable
{
    public int MaxBatch => table.MaxBatch;

    public async Task<UserRow?[]> ReadAsync(IReadOnlyList<string> userIds)
    {
        var started = time.GetTimestamp();
        var rows = await table.ReadAsync(userIds);
        instruments.Read(userIds.Count, time.GetElapsedTime(started));
        return rows;
    }

    public async Task<UserRow?[]> ClaimAsync(IReadOnlyList<string> userIds, long holder)
    {
        var started = time.GetTimestamp();
        var rows = await table.ClaimAsync(userIds, holder);
        instruments.Claimed(userIds.Count, time.GetElapsedTime(started));
        return rows;
    }

    public async Task<long?[]> WriteAsync(IReadOnlyList<UserWrite> writes)
    {
        var started = time.GetTimestamp();
        var versions = await table.WriteAsync(writes);
        instruments.Written(writes.Count, time.GetElapsedTime(started));
        return versions;
    }

    public Task<bool> DeleteAsync(string userId, long version) => table.DeleteAsync(userId, version);

    public Task<IReadOnlyList<DueUser>> ListDueAsync(int bucket, DateTimeOffset now, DueUser? after, int limit, CancellationToken cancellationToken) =>
        table.ListDueAsync(bucket, now, after, limit, cancellationToken);

    public Task RescheduleAsync(IReadOnlyList<(string UserId, long Version, DateTimeOffset? NextCheck)> checks, CancellationToken cancellationToken) =>
        table.RescheduleAsync(checks, cancellationToken);
}
