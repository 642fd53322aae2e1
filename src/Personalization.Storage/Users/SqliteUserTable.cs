using Microsoft.Data.Sqlite;
using Personalization.Churn;
using Personalization.Users;

namespace Personalization.Storage;

/// <summary>Users in an SQLite file: one transaction a batch, one writer at a time. SQLite works synchronously under its asynchronous names.</summary>
internal sealed class SqliteUserTable(StorageOptions options) : IUserTable, IDisposable
{
    private readonly SemaphoreSlim _writing = new(1);

    public void Dispose() => _writing.Dispose();

    public int MaxBatch => options.MaxBatch;

    public Task<UserRow?[]> ReadAsync(IReadOnlyList<string> userIds)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT version, next_check, payload, holder FROM personalization_users WHERE user_id = $id";
        return Task.FromResult(Rows(command, userIds));
    }

    public async Task<UserRow?[]> ClaimAsync(IReadOnlyList<string> userIds, long holder) => await WritingAsync(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = """
            UPDATE personalization_users SET holder = $holder, version = version + 1 WHERE user_id = $id
            RETURNING version, next_check, payload, holder
            """;
        command.Parameters.AddWithValue("$holder", holder);
        return Rows(command, userIds);
    });

    public async Task<long?[]> WriteAsync(IReadOnlyList<UserWrite> writes) => await WritingAsync(connection =>
    {
        using var insert = Command(connection, """
            INSERT INTO personalization_users (user_id, bucket, version, next_check, payload, holder) VALUES ($id, $bucket, 1, $next, $payload, $holder)
            ON CONFLICT (user_id) DO NOTHING RETURNING version
            """);
        using var update = Command(connection, """
            UPDATE personalization_users SET payload = $payload, next_check = $next, holder = $holder, version = version + 1
            WHERE user_id = $id AND version = $expected RETURNING version
            """);
        return writes.Select(write => (write.Expected == 0 ? insert : update).Execute(write)).ToArray();
    });

    public async Task<bool> DeleteAsync(string userId, long version) => await WritingAsync(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = "DELETE FROM personalization_users WHERE user_id = $id AND version = $version";
        command.Parameters.AddWithValue("$id", userId);
        command.Parameters.AddWithValue("$version", version);
        return command.ExecuteNonQuery() == 1;
    });

    public Task<IReadOnlyList<DueUser>> ListDueAsync(int bucket, DateTimeOffset now, DueUser? after, int limit, CancellationToken cancellationToken)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT user_id, version, next_check, payload FROM personalization_users
            WHERE bucket = $bucket AND next_check <= $now AND (next_check, user_id) > ($check, $user) ORDER BY next_check, user_id LIMIT $limit
            """;
        command.Parameters.AddWithValue("$bucket", bucket);
        command.Parameters.AddWithValue("$now", now.ToUnixTimeMilliseconds());
        command.Parameters.AddWithValue("$check", after?.NextCheck.ToUnixTimeMilliseconds() ?? long.MinValue);
        command.Parameters.AddWithValue("$user", after?.UserId ?? "");
        command.Parameters.AddWithValue("$limit", limit);
        var due = new List<DueUser>();
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            due.Add(new DueUser(
                reader.GetString(0), reader.GetInt64(1), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(2)), reader.GetFieldValue<byte[]>(3)));
        }

        return Task.FromResult<IReadOnlyList<DueUser>>(due);
    }

    public async Task RescheduleAsync(IReadOnlyList<(string UserId, long Version, DateTimeOffset? NextCheck)> checks, CancellationToken cancellationToken) =>
        await WritingAsync(connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = "UPDATE personalization_users SET next_check = $next WHERE user_id = $id AND version = $version";
            var id = command.Parameters.Add("$id", SqliteType.Text);
            var version = command.Parameters.Add("$version", SqliteType.Integer);
            var next = command.Parameters.Add("$next", SqliteType.Integer);
            foreach (var check in checks)
            {
                id.Value = check.UserId;
                version.Value = check.Version;
                next.Value = (object?)check.NextCheck?.ToUnixTimeMilliseconds() ?? DBNull.Value;
                command.ExecuteNonQuery();
            }

            return true;
        });

    private static UserRow?[] Rows(SqliteCommand command, IReadOnlyList<string> userIds)
    {
        var id = command.Parameters.Add("$id", SqliteType.Text);
        var rows = new UserRow?[userIds.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            id.Value = userIds[i];
            using var reader = command.ExecuteReader();
            rows[i] = reader.Read()
                ? new UserRow(reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetInt64(1), reader.GetFieldValue<byte[]>(2), reader.GetInt64(3))
                : null;
        }

        return rows;
    }

    private static RowCommand Command(SqliteConnection connection, string sql) => new(connection, sql);

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(options.ConnectionString);
        connection.Open();
        return connection;
    }

    private async Task<T> WritingAsync<T>(Func<SqliteConnection, T> write)
    {
        await _writing.WaitAsync();
        try
        {
            using var connection = Open();
            using var pragma = connection.CreateCommand();

            // What is confirmed, an erasure above all, has to outlive a power loss.
            pragma.CommandText = "PRAGMA synchronous = FULL";
            pragma.ExecuteNonQuery();
            using var transaction = connection.BeginTransaction();
            var result = write(connection);
            transaction.Commit();
            return result;
        }
        finally
        {
            _writing.Release();
        }
    }

    private sealed class RowCommand : IDisposable
    {
        private readonly SqliteCommand _command;

        public RowCommand(SqliteConnection connection, string sql)
        {
            _command = connection.CreateCommand();
            _command.CommandText = sql;
        }

        public long? Execute(UserWrite write)
        {
            _command.Parameters.Clear();
            _command.Parameters.AddWithValue("$id", write.UserId);
            _command.Parameters.AddWithValue("$next", (object?)write.NextCheck ?? DBNull.Value);
            _command.Parameters.AddWithValue("$payload", write.Payload);
            _command.Parameters.AddWithValue("$holder", write.Holder);
            if (write.Expected == 0)
            {
                _command.Parameters.AddWithValue("$bucket", ChurnBuckets.Of(write.UserId));
            }
            else
            {
                _command.Parameters.AddWithValue("$expected", write.Expected);
            }

            return (long?)_command.ExecuteScalar();
        }

        public void Dispose() => _command.Dispose();
    }
}
