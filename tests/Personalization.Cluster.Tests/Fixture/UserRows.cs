using System.Collections.Concurrent;
using Orleans.Storage;
using Personalization.Churn;
using Personalization.Users;

namespace Personalization.Cluster.Tests.Fixture;

/// <summary>The users' rows, shared by all silos of a cluster: copies what it is given, checks versions, and can be told to fail or to wait.</summary>
public sealed class UserRows : IGrainStorage, IDueUserStore
{
    private readonly ConcurrentDictionary<string, Row> _rows = new();
    private readonly ConcurrentDictionary<string, int> _failures = new();
    private readonly ConcurrentDictionary<string, int> _lostAnswers = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = new();
    private readonly ConcurrentDictionary<string, int> _writes = new();

    public int WritesOf(string user) => _writes.GetValueOrDefault(user);

    public bool Contains(string user) => _rows.ContainsKey(user);

    public DateTimeOffset? NextCheckOf(string user) => _rows.TryGetValue(user, out var row) ? row.NextCheck : null;

    public UserState StateOf(string user) => UserStateCodec.Decode(_rows[user].Payload);

    /// <summary>What is stored of a user cannot be read any more.</summary>
    public void Damage(string user)
    {
        lock (_rows)
        {
            _rows[user] = _rows[user] with { Payload = [UserStateCodec.CurrentVersion, 1, 200] };
        }
    }

    /// <summary>The next writes of a user fail before they are stored.</summary>
    public void FailNext(string user, int times = 1) => _failures[user] = times;

    /// <summary>The next writes of a user are stored and then fail: the outcome is unknown to the writer.</summary>
    public void LoseNextAnswer(string user) => _lostAnswers[user] = 1;

    /// <summary>Writes of a user wait until <see cref="Open"/>.</summary>
    public void Hold(string user) => _gates[user] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open(string user)
    {
        if (_gates.TryRemove(user, out var gate))
        {
            gate.SetResult();
        }
    }

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (_rows.TryGetValue(grainId.Key.ToString()!, out var row))
        {
            grainState.State = (T)(object)new UserRecord { Payload = [.. row.Payload], NextCheck = row.NextCheck };
            grainState.ETag = row.Version.ToString();
            grainState.RecordExists = true;
        }
        else
        {
            grainState.State = (T)(object)new UserRecord();
        }

        return Task.CompletedTask;
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var user = grainId.Key.ToString()!;
        var record = (UserRecord)(object)grainState.State!;
        var written = new Row(grainState.ETag is null ? 1 : long.Parse(grainState.ETag) + 1, [.. record.Payload], record.NextCheck);
        await Task.Yield();
        if (_gates.TryGetValue(user, out var gate))
        {
            await gate.Task;
        }

        if (Take(_failures, user))
        {
            throw new IOException("The store was told to fail.");
        }

        lock (_rows)
        {
            var stored = _rows.GetValueOrDefault(user)?.Version;
            if (stored?.ToString() != grainState.ETag)
            {
                throw new InconsistentStateException("Another version is stored.", stored?.ToString() ?? "none", grainState.ETag ?? "none");
            }

            _rows[user] = written;
            _writes.AddOrUpdate(user, 1, (_, n) => n + 1);
        }

        if (Take(_lostAnswers, user))
        {
            throw new IOException("The store was told to lose its answer.");
        }

        grainState.ETag = written.Version.ToString();
        grainState.RecordExists = true;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw new NotSupportedException("Users are never cleared: positions stay.");

    public Task<IReadOnlyList<DueUser>> ListDueAsync(int bucket, DateTimeOffset now, DueUser? after, int limit, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<DueUser>>(
        [
            .. _rows.Where(r => ChurnBuckets.Of(r.Key) == bucket && r.Value.NextCheck <= now)
                .OrderBy(r => r.Value.NextCheck)
                .ThenBy(r => r.Key, StringComparer.Ordinal)
                .Select(r => new DueUser(r.Key, r.Value.Version, r.Value.NextCheck!.Value, r.Value.Payload))
                .SkipWhile(due => after is not null && (due.NextCheck, string.CompareOrdinal(due.UserId, after.UserId)).CompareTo((after.NextCheck, 0)) <= 0)
                .Take(limit),
        ]);

    public Task RescheduleAsync(IReadOnlyList<(string UserId, long Version, DateTimeOffset? NextCheck)> checks, CancellationToken cancellationToken)
    {
        lock (_rows)
        {
            foreach (var (user, version, next) in checks)
            {
                if (_rows.TryGetValue(user, out var row) && row.Version == version)
                {
                    _rows[user] = row with { NextCheck = next };
                }
            }
        }

        return Task.CompletedTask;
    }

    private static bool Take(ConcurrentDictionary<string, int> counts, string user)
    {
        if (counts.GetValueOrDefault(user) <= 0)
        {
            return false;
        }

        counts.AddOrUpdate(user, 0, (_, n) => n - 1);
        return true;
    }

    private sealed record Row(long Version, byte[] Payload, DateTimeOffset? NextCheck);
}
