using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Personalization.Testing;

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
