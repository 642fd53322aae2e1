using Npgsql;
using Personalization.Users;

namespace Personalization.Storage.Tests.Users;

public sealed class PostgresUserStorageTests(PostgresFixture postgres) : UserStorageContract
{
    private NpgsqlDataSource? _dataSource;
    private string? _connectionString;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_dataSource is not null)
        {
            await _dataSource.DisposeAsync();
        }
    }

    protected override async Task<StorageOptions> OptionsAsync() => new()
    {
        Provider = StorageOptions.Postgres,
        ConnectionString = _connectionString ??= await postgres.CreateDatabaseAsync(),
    };

    private protected override IUserTable CreateTable(StorageOptions options) =>
        new PostgresUserTable(_dataSource = NpgsqlDataSource.Create(options.ConnectionString), options);

    protected override async Task ExecuteAsync(string sql)
    {
        await using var command = _dataSource!.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
