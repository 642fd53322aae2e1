using System.Collections.Concurrent;
using Personalization.Users;

namespace Personalization.Cluster.Tests.Fixture;

/// <summary>A users' table that can be told to fail, to lose an answer or to wait; shared by the silos of a cluster.</summary>
public sealed class TroubledTable
{
    private readonly ConcurrentDictionary<string, int> _failedReads = new();
    private readonly ConcurrentDictionary<string, int> _failedWrites = new();
    private readonly ConcurrentDictionary<string, int> _lostAnswers = new();
    private readonly Gates _gates = new();
    private readonly Gates _answers = new();
    private readonly Gates _claims = new();
    private readonly ConcurrentDictionary<string, int> _begunClaims = new();
    private readonly ConcurrentDictionary<string, int> _writes = new();
    private readonly ConcurrentDictionary<string, int> _begun = new();

    /// <summary>Any of the silos' tables.</summary>
    public IUserTable Any { get; private set; } = null!;

    public int WritesOf(string user) => _writes.GetValueOrDefault(user);

    public int BegunWritesOf(string user) => _begun.GetValueOrDefault(user);

    public void FailNextRead(string user) => _failedReads[user] = 1;

    public void FailNextWrite(string user) => FailNextWrites(user, 1);

    public void FailNextWrites(string user, int times) => _failedWrites[user] = times;

    /// <summary>The next write of a user is stored and then fails: the outcome is unknown to the writer.</summary>
    public void LoseNextAnswer(string user) => _lostAnswers[user] = 1;

    public int BegunClaimsOf(string user) => _begunClaims.GetValueOrDefault(user);

    /// <summary>Writes of a user wait until <see cref="Open"/>.</summary>
    public void Hold(string user) => _gates.Close(user);

    /// <summary>Writes of a user are stored, and told only after <see cref="Open"/>.</summary>
    public void HoldAnswers(string user) => _answers.Close(user);

    /// <summary>Claims of a user wait until <see cref="Open"/>.</summary>
    public void HoldClaims(string user) => _claims.Close(user);

    public void Open(string user)
    {
        _gates.Open(user);
        _answers.Open(user);
        _claims.Open(user);
    }

    public IUserTable Around(IUserTable table)
    {
        Any = table;
        return new Table(this, table);
    }

    private static void ThrowIfTold(ConcurrentDictionary<string, int> told, IEnumerable<string> users)
    {
        if (users.Any(user => told.TryGetValue(user, out var times) && (times > 1 ? told.TryUpdate(user, times - 1, times) : told.TryRemove(user, out _))))
        {
            throw new IOException("The store was told to fail.");
        }
    }

    private sealed class Gates
    {
        private readonly ConcurrentDictionary<string, TaskCompletionSource> _closed = new();

        public void Close(string user) => _closed[user] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Open(string user)
        {
            if (_closed.TryRemove(user, out var gate))
            {
                gate.SetResult();
            }
        }

        public async Task PassAsync(IEnumerable<string> users)
        {
            foreach (var user in users)
            {
                if (_closed.TryGetValue(user, out var gate))
                {
                    await gate.Task;
                }
            }
        }
    }

    private sealed class Table(TroubledTable trouble, IUserTable table) : IUserTable
    {
        public int MaxBatch => table.MaxBatch;

        public Task<UserRow?[]> ReadAsync(IReadOnlyList<string> userIds)
        {
            ThrowIfTold(trouble._failedReads, userIds);
            return table.ReadAsync(userIds);
        }

        public async Task<UserRow?[]> ClaimAsync(IReadOnlyList<string> userIds, long holder)
        {
            foreach (var user in userIds)
            {
                trouble._begunClaims.AddOrUpdate(user, 1, (_, n) => n + 1);
            }

            await trouble._claims.PassAsync(userIds);
            return await table.ClaimAsync(userIds, holder);
        }

        public async Task<long?[]> WriteAsync(IReadOnlyList<UserWrite> writes)
        {
            var users = writes.Select(write => write.UserId).ToList();
            users.ForEach(user => trouble._begun.AddOrUpdate(user, 1, (_, n) => n + 1));
            await trouble._gates.PassAsync(users);
            ThrowIfTold(trouble._failedWrites, users);
            var versions = await table.WriteAsync(writes);
            users.ForEach(user => trouble._writes.AddOrUpdate(user, 1, (_, n) => n + 1));
            await trouble._answers.PassAsync(users);
            ThrowIfTold(trouble._lostAnswers, users);
            return versions;
        }

        public Task<bool> DeleteAsync(string userId, long version) => table.DeleteAsync(userId, version);

        public Task<IReadOnlyList<DueUser>> ListDueAsync(int bucket, DateTimeOffset now, DueUser? after, int limit, CancellationToken cancellationToken) =>
            table.ListDueAsync(bucket, now, after, limit, cancellationToken);

        public Task RescheduleAsync(IReadOnlyList<(string UserId, long Version, DateTimeOffset? NextCheck)> checks, CancellationToken cancellationToken) =>
            table.RescheduleAsync(checks, cancellationToken);
    }
}
