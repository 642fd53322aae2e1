using Npgsql;
using NpgsqlTypes;
using Personalization.Churn;
using Personalization.Users;

namespace Personalization.Storage;

/// <summary>Users in PostgreSQL: one <c>unnest</c> statement a batch.</summary>
internal sealed class PostgresUserTable(NpgsqlDataSource dataSource, StorageOptions options) : IUserTable
{
    private const string ReadSql = "SELECT user_id, version, next_check, payload, holder FROM personalization_users WHERE user_id = ANY($1)";

    private const string ClaimSql = """
        UPDATE personalization_users SET holder = $2, version = version + 1 WHERE user_id = ANY($1)
        RETURNING user_id, version, next_check, payload, holder
        """;

    // Matched on version, never a plain upsert: an upsert would bring a row back that somebody deleted meanwhile.
    private const string WriteSql = """
        WITH i AS (SELECT * FROM unnest($1, $2, $3, $4, $5, $6) AS i(user_id, bucket, expected, next_check, payload, holder)),
        updated AS (
            UPDATE personalization_users AS t SET payload = i.payload, next_check = i.next_check, holder = i.holder, version = t.version + 1
            FROM i WHERE t.user_id = i.user_id AND t.version = i.expected
            RETURNING t.user_id, t.version),
        inserted AS (
            INSERT INTO personalization_users (user_id, bucket, version, next_check, payload, holder)
            SELECT user_id, bucket, 1, next_check, payload, holder FROM i WHERE expected = 0
            ON CONFLICT (user_id) DO NOTHING
            RETURNING user_id, version)
        SELECT user_id, version FROM updated UNION ALL SELECT user_id, version FROM inserted
        """;

    private const string DueSql = """
        SELECT user_id, version, next_check, payload FROM personalization_users
        WHERE bucket = $1 AND next_check <= $2 AND (next_check, user_id) > ($3, $4) ORDER BY next_check, user_id LIMIT $5
        """;

    private const string RescheduleSql = """
        UPDATE personalization_users AS t SET next_check = i.next_check
        FROM unnest($1, $2, $3) AS i(user_id, version, next_check)
        WHERE t.user_id = i.user_id AND t.version = i.version
        """;

    public int MaxBatch => options.MaxBatch;

    public async Task<UserRow?[]> ReadAsync(IReadOnlyList<string> userIds)
    {
        await using var command = dataSource.CreateCommand(ReadSql);
        command.Parameters.Add(Array(NpgsqlDbType.Text, userIds.ToArray()));
        return await RowsAsync(command, userIds);
    }

    public Task<UserRow?[]> ClaimAsync(IReadOnlyList<string> userIds, long holder) => EachAloneAfterDeadlockAsync(userIds, ids => ClaimOnceAsync(ids, holder));

    public Task<long?[]> WriteAsync(IReadOnlyList<UserWrite> writes) => EachAloneAfterDeadlockAsync(writes, WriteOnceAsync);

    public async Task<bool> DeleteAsync(string userId, long version)
    {
        await using var command = dataSource.CreateCommand("DELETE FROM personalization_users WHERE user_id = $1 AND version = $2");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = userId });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = version });
        return await command.ExecuteNonQueryAsync() == 1;
    }

    public async Task<IReadOnlyList<DueUser>> ListDueAsync(int bucket, DateTimeOffset now, DueUser? after, int limit, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(DueSql);
        command.Parameters.Add(new NpgsqlParameter<short> { TypedValue = (short)bucket });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = now.ToUnixTimeMilliseconds() });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = after?.NextCheck.ToUnixTimeMilliseconds() ?? long.MinValue });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = after?.UserId ?? "" });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        var due = new List<DueUser>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            due.Add(new DueUser(
                reader.GetString(0), reader.GetInt64(1), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(2)), reader.GetFieldValue<byte[]>(3)));
        }

        return due;
    }

    public async Task RescheduleAsync(IReadOnlyList<(string UserId, long Version, DateTimeOffset? NextCheck)> checks, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(RescheduleSql);
        command.Parameters.Add(Array(NpgsqlDbType.Text, checks.Select(check => check.UserId).ToArray()));
        command.Parameters.Add(Array(NpgsqlDbType.Bigint, checks.Select(check => check.Version).ToArray()));
        command.Parameters.Add(Array(NpgsqlDbType.Bigint, checks.Select(check => check.NextCheck?.ToUnixTimeMilliseconds()).ToArray()));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlParameter Array(NpgsqlDbType element, object values) => new() { NpgsqlDbType = NpgsqlDbType.Array | element, Value = values };

    private static long? Nullable(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);

    private static async Task<UserRow?[]> RowsAsync(NpgsqlCommand command, IReadOnlyList<string> userIds)
    {
        var rows = new Dictionary<string, UserRow>(userIds.Count, StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            rows[reader.GetString(0)] = new UserRow(reader.GetInt64(1), Nullable(reader, 2), reader.GetFieldValue<byte[]>(3), reader.GetInt64(4));
        }

        return [.. userIds.Select(rows.GetValueOrDefault)];
    }

    // Two silos changed overlapping users in another order (an activation that is being replaced): single rows cannot deadlock.
    private static async Task<TResult[]> EachAloneAfterDeadlockAsync<TItem, TResult>(IReadOnlyList<TItem> items, Func<IReadOnlyList<TItem>, Task<TResult[]>> change)
    {
        try
        {
            return await change(items);
        }
        catch (PostgresException exception) when (string.Equals(exception.SqlState, PostgresErrorCodes.DeadlockDetected, StringComparison.Ordinal))
        {
            var results = new TResult[items.Count];
            for (var i = 0; i < items.Count; i++)
            {
                results[i] = (await change([items[i]]))[0];
            }

            return results;
        }
    }

    private async Task<UserRow?[]> ClaimOnceAsync(IReadOnlyList<string> userIds, long holder)
    {
        await using var command = dataSource.CreateCommand(ClaimSql);
        command.Parameters.Add(Array(NpgsqlDbType.Text, userIds.ToArray()));
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = holder });
        return await RowsAsync(command, userIds);
    }

    private async Task<long?[]> WriteOnceAsync(IReadOnlyList<UserWrite> writes)
    {
        await using var command = dataSource.CreateCommand(WriteSql);
        command.Parameters.Add(Array(NpgsqlDbType.Text, writes.Select(write => write.UserId).ToArray()));
        command.Parameters.Add(Array(NpgsqlDbType.Smallint, writes.Select(write => ChurnBuckets.Of(write.UserId)).ToArray()));
        command.Parameters.Add(Array(NpgsqlDbType.Bigint, writes.Select(write => write.Expected).ToArray()));
        command.Parameters.Add(Array(NpgsqlDbType.Bigint, writes.Select(write => write.NextCheck).ToArray()));
        command.Parameters.Add(Array(NpgsqlDbType.Bytea, writes.Select(write => write.Payload).ToArray()));
        command.Parameters.Add(Array(NpgsqlDbType.Bigint, writes.Select(write => write.Holder).ToArray()));
        var versions = new Dictionary<string, long>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            versions[reader.GetString(0)] = reader.GetInt64(1);
        }

        return [.. writes.Select(write => versions.TryGetValue(write.UserId, out var version) ? version : (long?)null)];
    }
}
