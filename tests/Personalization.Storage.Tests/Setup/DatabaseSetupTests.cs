using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Personalization.Testing;

namespace Personalization.Storage.Tests.Setup;

public sealed class DatabaseSetupTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private StorageOptions Options => new() { ConnectionString = $"Data Source={Path.Combine(_directory.Path, "users.db")};Pooling=false" };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_build_refuses_the_tables_of_a_newer_one_and_leaves_them_as_they_are()
    {
        await SetUpAsync();
        await ExecuteAsync($"UPDATE personalization_schema SET version = {DatabaseSetup.SchemaVersion + 1}");

        var refusal = await Should.ThrowAsync<DatabaseUnavailableException>(SetUpAsync);

        refusal.Message.ShouldContain($"version {DatabaseSetup.SchemaVersion + 1}");
        (await ExecuteAsync("SELECT version FROM personalization_schema")).ShouldBe((long)DatabaseSetup.SchemaVersion + 1);
    }

    [Fact]
    public async Task Tables_that_are_there_are_taken_as_they_are()
    {
        await SetUpAsync();
        await SetUpAsync();

        (await ExecuteAsync("SELECT COUNT(*) FROM personalization_schema")).ShouldBe(1L);
    }

    private Task SetUpAsync() => DatabaseSetup.RunAsync(Options, NullLogger.Instance, TestContext.Current.CancellationToken);

    private async Task<object?> ExecuteAsync(string sql)
    {
        await using var connection = new SqliteConnection(Options.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new SqliteCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
