using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Orleans.Storage;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.Storage.Tests.Setup;

/// <summary>Orleans' own providers over our SQL.</summary>
public sealed class ProvidersTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Silos_on_postgres_find_each_other_and_keep_state_and_reminders()
    {
        var options = new StorageOptions { Provider = StorageOptions.Postgres, ConnectionString = await postgres.CreateDatabaseAsync() };
        await DatabaseSetup.RunAsync(options, NullLogger.Instance, TestContext.Current.CancellationToken);
        using (var first = Silo(options, clustered: true))
        {
            await first.StartAsync(TestContext.Current.CancellationToken);
            using var second = Silo(options, clustered: true);
            await second.StartAsync(TestContext.Current.CancellationToken);
            var management = second.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0);
            await Wait.UntilAsync(async () => (await management.GetHosts(onlyActive: true)).Count == 2, TimeSpan.FromSeconds(30), "two active silos");

            var grain = second.Services.GetRequiredService<IGrainFactory>().GetGrain<ICounterGrain>("a");
            (await grain.Increment()).ShouldBe(1);
            (await grain.Increment()).ShouldBe(2);
            (await grain.Remind("r1")).ShouldBe(["r1"]);
            (await grain.Remind("r2")).ShouldBe(["r1", "r2"], ignoreOrder: true);
            await second.StopAsync(TestContext.Current.CancellationToken);
            await first.StopAsync(TestContext.Current.CancellationToken);
        }

        using var third = Silo(options, clustered: true);
        await third.StartAsync(TestContext.Current.CancellationToken);
        var again = third.Services.GetRequiredService<IGrainFactory>().GetGrain<ICounterGrain>("a");
        (await again.Increment()).ShouldBe(3);
        (await again.Remind("r1")).ShouldBe(["r1", "r2"], ignoreOrder: true);
        await third.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_silo_on_sqlite_keeps_state()
    {
        using var directory = new TemporaryDirectory();
        var options = new StorageOptions { ConnectionString = $"Data Source={Path.Combine(directory.Path, "state.db")}" };
        await DatabaseSetup.RunAsync(options, NullLogger.Instance, TestContext.Current.CancellationToken);
        for (var run = 0; run < 2; run++)
        {
            using var silo = Silo(options, clustered: false);
            await silo.StartAsync(TestContext.Current.CancellationToken);
            var grain = silo.Services.GetRequiredService<IGrainFactory>().GetGrain<ICounterGrain>("a");
            (await grain.Increment()).ShouldBe((run * 2) + 1);
            (await grain.Increment()).ShouldBe((run * 2) + 2);
            await silo.StopAsync(TestContext.Current.CancellationToken);
        }

        SqliteConnection.ClearAllPools();
    }

    [Theory]
    [InlineData(StorageOptions.Postgres)]
    [InlineData(StorageOptions.Sqlite)]
    public async Task Users_can_be_kept_by_Orleans_own_provider(string provider)
    {
        using var directory = new TemporaryDirectory();
        var options = new StorageOptions
        {
            Provider = provider,
            ConnectionString = provider == StorageOptions.Postgres ? await postgres.CreateDatabaseAsync() : $"Data Source={Path.Combine(directory.Path, "state.db")}",
            UserStorage = "adonet",
        };
        await DatabaseSetup.RunAsync(options, NullLogger.Instance, TestContext.Current.CancellationToken);
        var user = GrainId.Create("user", "u1");
        for (var run = 0; run < 2; run++)
        {
            using var silo = Silo(options, clustered: false);
            await silo.StartAsync(TestContext.Current.CancellationToken);
            silo.Services.GetService<IUserTable>().ShouldBeNull("the streams' own table is not used");
            var storage = silo.Services.GetRequiredKeyedService<IGrainStorage>(UserRecord.ProviderName);
            var state = new GrainState<UserRecord>();
            await storage.ReadStateAsync("user", user, state);
            state.RecordExists.ShouldBe(run > 0);
            (state.State?.Payload ?? []).ShouldBe(run > 0 ? [1, 2, 3] : []);
            var another = new GrainState<UserRecord>();
            await storage.ReadStateAsync("user", user, another);

            state.State = new UserRecord { Payload = [1, 2, 3], NextCheck = DateTimeOffset.FromUnixTimeMilliseconds(42_000) };
            await storage.WriteStateAsync("user", user, state);
            another.State = new UserRecord { Payload = [9] };
            await Should.ThrowAsync<InconsistentStateException>(() => storage.WriteStateAsync("user", user, another));
            await silo.StopAsync(TestContext.Current.CancellationToken);
        }

        SqliteConnection.ClearAllPools();
    }

    private static IHost Silo(StorageOptions options, bool clustered)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        var ports = FreePort.Take(2);
        builder.UseOrleans(silo =>
        {
            if (clustered)
            {
                silo.UsePersonalizationClustering(options);
                silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = ("test", "test"));
                silo.ConfigureEndpoints("127.0.0.1", ports[0], ports[1]);
            }
            else
            {
                silo.UseLocalhostClustering(ports[0], ports[1]);
                silo.UseInMemoryReminderService();
            }

            silo.AddPersonalizationStorage(options);
        });
        return builder.Build();
    }
}
