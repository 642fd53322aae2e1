using Confluent.Kafka;

namespace Personalization.Replay.Tests.Sending;

public sealed class KafkaConnectionTests
{
    private static readonly KafkaTopic Topic = new("clickstream", "t", 1);

    [Fact]
    public void Open_SettingsOverTheClientsOwn_AndTheServersOverThem()
    {
        var kafka = new KafkaConnection("kafka:1", new Dictionary<string, string> { ["linger.ms"] = "7", ["bootstrap.servers"] = "other:2", ["sasl.username"] = "shop" });

        var config = kafka.Open(new ProducerConfig { LingerMs = 5, Acks = Acks.All }, all => all);

        config.LingerMs.ShouldBe(7);
        config.Acks.ShouldBe(Acks.All);
        config.SaslUsername.ShouldBe("shop");
        config.BootstrapServers.ShouldBe("kafka:1");
    }

    [Theory]
    [InlineData("no.such.setting", "1", "No such configuration property")]
    [InlineData("security.protocol", "SASL", "Invalid value")]
    [InlineData("sasl.jaas.config", "x", "JAAS")]
    [InlineData("ssl.ca.location", "/no/such/file.pem", "ssl.ca.location")]
    public async Task Every_client_says_what_librdkafka_says_of_a_setting_it_refuses(string key, string value, string sentence)
    {
        var kafka = new KafkaConnection("127.0.0.1:1", new Dictionary<string, string> { ["security.protocol"] = "SSL", [key] = value });

        (await Should.ThrowAsync<KafkaSettingsException>(() => KafkaTopic.FindAsync(kafka, "clickstream"))).Message.ShouldContain(sentence);
        Should.Throw<KafkaSettingsException>(() => new KafkaEventSink(kafka)).Message.ShouldContain(sentence);
        Should.Throw<KafkaSettingsException>(() => new PromptProducer(kafka, Topic)).Message.ShouldContain(sentence);
        Should.Throw<KafkaSettingsException>(() => new KafkaTopicReader(kafka, Topic)).Message.ShouldContain(sentence);
        Should.Throw<KafkaSettingsException>(() => new ConsumerGroup(kafka, "g", Topic)).Message.ShouldContain(sentence);
    }
}
