using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.Storage.Tests.Setup;

public sealed class DatabaseFailureTests
{
    [Fact]
    public async Task A_database_that_is_not_there_is_named_in_a_sentence()
    {
        var options = new StorageOptions
        {
            Provider = StorageOptions.Postgres,
            ConnectionString = $"Host=127.0.0.1;Port={FreePort.Next()};Username=postgres;Timeout=1",
            StartupTimeout = TimeSpan.Zero,
        };

        var exception = await Should.ThrowAsync<DatabaseUnavailableException>(
            () => DatabaseSetup.RunAsync(options, NullLogger.Instance, TestContext.Current.CancellationToken));

        exception.Message.ShouldContain("Personalization:Storage:ConnectionString");
    }

    [Fact]
    public async Task Writers_fail_while_the_database_is_down_and_work_again_when_it_is_back()
    {
        Assert.SkipWhen(PostgresServer.MissingReason is not null, PostgresServer.MissingReason ?? string.Empty);
        await using var server = await PostgresServer.StartAsync();
        var options = new StorageOptions { Provider = StorageOptions.Postgres, ConnectionString = server.ConnectionString };
        await DatabaseSetup.RunAsync(options, NullLogger.Instance, TestContext.Current.CancellationToken);
        await using var dataSource = NpgsqlDataSource.Create(options.ConnectionString);
        await using var storage = new UserRecordStorage(new PostgresUserTable(dataSource, options), options, holder: 1);
        var state = new GrainState<UserRecord>(new UserRecord { Payload = [1] });
        await storage.WriteStateAsync("user", GrainId.Create("user", "u1"), state);

        await server.StopAsync();
        state.State = new UserRecord { Payload = [2] };
        await Should.ThrowAsync<NpgsqlException>(() => storage.WriteStateAsync("user", GrainId.Create("user", "u1"), state));

        await server.StartAgainAsync();
        await Wait.UntilAsync(
            async () =>
            {
                await storage.WriteStateAsync("user", GrainId.Create("user", "u1"), state);
                return true;
            },
            TimeSpan.FromSeconds(30),
            "a write after the restart");
        var read = new GrainState<UserRecord>(new UserRecord());
        await storage.ReadStateAsync("user", GrainId.Create("user", "u1"), read);
        read.State!.Payload.ShouldBe([2]);
    }
}
