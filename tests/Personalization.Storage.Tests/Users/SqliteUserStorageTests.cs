using Microsoft.Data.Sqlite;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.Storage.Tests.Users;

public sealed class SqliteUserStorageTests : UserStorageContract
{
    private readonly TemporaryDirectory _directory = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        SqliteConnection.ClearAllPools();
        _directory.Dispose();
    }

    protected override Task<StorageOptions> OptionsAsync() =>
        Task.FromResult(new StorageOptions { ConnectionString = $"Data Source={Path.Combine(_directory.Path, "users.db")}" });

    private protected override IUserTable CreateTable(StorageOptions options) => new SqliteUserTable(options);

    protected override async Task ExecuteAsync(string sql)
    {
        await using var connection = new SqliteConnection((await OptionsAsync()).ConnectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}
