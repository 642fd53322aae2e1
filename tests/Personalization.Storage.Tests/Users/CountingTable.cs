using Personalization.Users;

namespace Personalization.Storage.Tests.Users;

internal sealed class CountingTable(IUserTable table) : IUserTable
{
    public int Statements { get; set; }

    public int Claims { get; private set; }

    public int MaxBatch => table.MaxBatch;

    public Task<UserRow?[]> ClaimAsync(IReadOnlyList<string> userIds, long holder)
    {
        Claims++;
        return table.ClaimAsync(userIds, holder);
    }

    public Task<UserRow?[]> ReadAsync(IReadOnlyList<string> userIds) => table.ReadAsync(userIds);

    public Task<long?[]> WriteAsync(IReadOnlyList<UserWrite> writes)
    {
        Statements++;
        return table.WriteAsync(writes);
    }

    public Task<bool> DeleteAsync(string userId, long version) => table.DeleteAsync(userId, version);

    public Task<IReadOnlyList<DueUser>> ListDueAsync(int bucket, DateTimeOffset now, DueUser? after, int limit, CancellationToken cancellationToken) =>
        table.ListDueAsync(bucket, now, after, limit, cancellationToken);

    public Task RescheduleAsync(IReadOnlyList<(string UserId, long Version, DateTimeOffset? NextCheck)> checks, CancellationToken cancellationToken) =>
        table.RescheduleAsync(checks, cancellationToken);
}
