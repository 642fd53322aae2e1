using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Personalization.Ingestion.Tests;

public sealed class LogEndsTests
{
    [Fact]
    public async Task AskAsync_PartitionsOfWhichOneIsNotThere_TellsTheEndsOfTheOthers()
    {
        using var broker = EmbeddedBroker.Start("clickstream");
        await TestEvents.ProduceAsync(broker.BootstrapServers, "clickstream", 0, 100, 20, TestContext.Current.CancellationToken);

        var ends = await AskAsync(broker.BootstrapServers, [0, 1, 2, 3, 99]);

        ends.Keys.Order().ShouldBe([0, 1, 2, 3]);
        ends.Values.Sum().ShouldBe(100);
    }

    [Fact]
    public async Task AskAsync_BrokerThatIsAway_TellsNothingAndDoesNotFail() => (await AskAsync("127.0.0.1:1", [0, 1])).ShouldBeEmpty();

    private static async Task<IReadOnlyDictionary<int, long>> AskAsync(string bootstrapServers, int[] partitions)
    {
        var options = Options.Create(new IngestionOptions { BootstrapServers = bootstrapServers });
        using var admin = new KafkaAdmin(new KafkaClients(options, NullLogger<KafkaClients>.Instance));
        return await new LogEnds(admin, options, NullLogger<LogEnds>.Instance).AskAsync(partitions);
    }
}
