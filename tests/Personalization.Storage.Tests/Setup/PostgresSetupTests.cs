using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Personalization.Users;

namespace Personalization.Storage.Tests.Setup;

public sealed class PostgresSetupTests(PostgresFixture postgres)
{
    /// <summary>An index that was there already was waited for behind a vacuum, which holds the first lock, or a writer, and all writes of all silos waited behind that.</summary>
    [Theory]
    [InlineData("SHARE UPDATE EXCLUSIVE")]
    [InlineData("ROW EXCLUSIVE")]
    public async Task A_silo_that_starts_waits_for_nobody_who_works_on_tables_that_are_there(string held)
    {
        var database = await postgres.CreateDatabaseAsync();
        await SetUpAsync(database);
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand($"LOCK TABLE personalization_users, orleans_reminders IN {held} MODE", connection, transaction);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        await SetUpAsync(database + ";Options=-c lock_timeout=1s");
    }

    [Fact]
    public async Task An_index_that_is_missing_is_made_again()
    {
        var database = await postgres.CreateDatabaseAsync();
        await SetUpAsync(database);
        await using var dataSource = NpgsqlDataSource.Create(database);
        await using var drop = dataSource.CreateCommand("DROP INDEX personalization_users_due, orleans_reminders_hash");
        await drop.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        await SetUpAsync(database);

        await using var count = dataSource.CreateCommand("SELECT count(*) FROM pg_indexes WHERE indexname IN ('personalization_users_due', 'orleans_reminders_hash')");
        (await count.ExecuteScalarAsync(TestContext.Current.CancellationToken)).ShouldBe(2L);
    }

    /// <summary>One shopper whose id it could not hold failed the statements of all whose rows were read or written with it, again and again.</summary>
    [Fact]
    public async Task A_database_that_cannot_hold_every_id_is_refused()
    {
        var database = await postgres.CreateDatabaseAsync("LATIN1");

        var refusal = await Should.ThrowAsync<DatabaseUnavailableException>(() => SetUpAsync(database));

        refusal.Message.ShouldContain("LATIN1");
        refusal.Message.ShouldContain("UTF8");
    }

    [Theory]
    [InlineData("UTF8")]
    [InlineData("SQL_ASCII")]
    public async Task Ids_of_any_script_are_kept(string encoding)
    {
        const string User = "кот 客 😀 é%_'\"\\";
        var database = await postgres.CreateDatabaseAsync(encoding);
        await SetUpAsync(database);
        await using var dataSource = NpgsqlDataSource.Create(database);
        var table = new PostgresUserTable(dataSource, new StorageOptions());

        (await table.WriteAsync([new UserWrite(User, 0, null, [1], UserHolder.None)])).ShouldBe([1L]);
        (await table.ReadAsync([User, "e"])).Select(row => row?.Version).ShouldBe([1L, null]);
    }

    private static Task SetUpAsync(string database) => DatabaseSetup.RunAsync(
        new StorageOptions { Provider = StorageOptions.Postgres, ConnectionString = database, StartupTimeout = TimeSpan.Zero },
        NullLogger.Instance,
        TestContext.Current.CancellationToken);
}
