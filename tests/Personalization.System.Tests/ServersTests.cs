using System.Diagnostics;
using Confluent.Kafka;
using Npgsql;
using Personalization.Testing;

namespace Personalization.SystemTests;

public sealed class ServersTests
{
    [Fact]
    public async Task A_broker_starts_and_keeps_its_data_over_a_kill()
    {
        Assert.SkipWhen(KafkaServer.MissingReason is not null, KafkaServer.MissingReason ?? string.Empty);
        await using var kafka = await KafkaServer.StartAsync();
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = kafka.BootstrapServers }).Build();
        await admin.CreateTopicsAsync([new() { Name = "t", NumPartitions = 3, ReplicationFactor = 1 }]);
        await kafka.KillAsync();
        await kafka.StartAgainAsync();
        await Wait.UntilAsync(() => admin.GetMetadata("t", TimeSpan.FromSeconds(5)).Topics[0].Partitions.Count == 3, TimeSpan.FromSeconds(30), "topic t");
    }

    [Fact]
    public async Task A_database_starts_and_keeps_its_data_over_an_immediate_stop()
    {
        Assert.SkipWhen(PostgresServer.MissingReason is not null, PostgresServer.MissingReason ?? string.Empty);
        await using var postgres = await PostgresServer.StartAsync();
        await ExecuteAsync("create table t as select 42 as x");
        await postgres.StopAsync();
        await postgres.StartAgainAsync();
        (await ExecuteAsync("select x from t")).ShouldBe(42);

        Task<object?> ExecuteAsync(string sql) => ServersTests.ExecuteAsync(postgres, sql);
    }

    [Fact]
    public async Task A_database_that_does_not_stop_as_it_should_is_ended_all_the_same()
    {
        Assert.SkipWhen(PostgresServer.MissingReason is not null, PostgresServer.MissingReason ?? string.Empty);
        var postgres = await PostgresServer.StartAsync();
        using var process = Process.GetProcessById(postgres.ProcessId);
        File.Delete(Path.Combine((string)(await ExecuteAsync(postgres, "show data_directory"))!, "postmaster.pid"));

        await Should.ThrowAsync<InvalidOperationException>(async () => await postgres.DisposeAsync());

        process.HasExited.ShouldBeTrue();
    }

    private static async Task<object?> ExecuteAsync(PostgresServer postgres, string sql)
    {
        NpgsqlConnection.ClearAllPools();
        await using var connection = new NpgsqlConnection(postgres.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
