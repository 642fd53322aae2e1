using Confluent.Kafka;

namespace Personalization.Client.Tests;

public sealed class StreamConnectionTests
{
    /// <summary>In silos and on the command line they won; a gateway took them, and did as it would have without.</summary>
    [Fact]
    public void Config_SettingsOverTheProducersOwn_AndTheServersOverThem()
    {
        var config = StreamConnection.Config(new KafkaOptions
        {
            BootstrapServers = "kafka:1",
            DeliveryTimeout = TimeSpan.FromSeconds(3),
            Settings = new() { ["linger.ms"] = "7", ["bootstrap.servers"] = "other:2", ["sasl.username"] = "shop" },
        });

        config.LingerMs.ShouldBe(7);
        config.Acks.ShouldBe(Acks.All);
        config.MessageTimeoutMs.ShouldBe(3_000);
        config.SaslUsername.ShouldBe("shop");
        config.BootstrapServers.ShouldBe("kafka:1");
    }
}
