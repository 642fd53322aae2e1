using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Personalization.Ingestion.Tests;

public sealed class TopicProvisionerTests
{
    [Fact]
    public void Wanted_TopicsThatAreMissing_AreSpecifiedAsConfigured()
    {
        var options = Options.Create(new IngestionOptions { ClickstreamTopic = "clicks", DeadLetterTopic = "refused", Partitions = 5, ReplicationFactor = 3 });
        using var provisioner = new TopicProvisioner(
            new KafkaClients(options, NullLogger<KafkaClients>.Instance), options, TimeProvider.System, NullLogger<TopicProvisioner>.Instance);

        var topics = provisioner.Wanted().ToDictionary(topic => topic.Name);

        topics.Keys.ShouldBe(["clicks", "refused", options.Value.ItemsTopic, options.Value.ChurnWarningsTopic]);
        topics.Values.ShouldAllBe(topic => topic.NumPartitions == 5 && topic.ReplicationFactor == 3);
        topics["clicks"].Configs.ShouldBe(new Dictionary<string, string> { ["message.timestamp.type"] = "LogAppendTime" });
        topics["refused"].Configs.ShouldBe(new Dictionary<string, string> { ["max.message.bytes"] = "2097152" });
        topics[options.Value.ItemsTopic].Configs.ShouldBe(new Dictionary<string, string> { ["cleanup.policy"] = "compact" });
    }

    /// <summary>A broker that leaves a setting out failed the check, and with it the start, again and again.</summary>
    [Fact]
    public void ValueOf_SettingThatTheBrokerDoesNotTell_IsNone()
    {
        var topic = new DescribeConfigsResult { Entries = new() { ["retention.ms"] = new ConfigEntryResult { Name = "retention.ms", Value = "1" } } };

        TopicProvisioner.ValueOf(topic, "retention.ms").ShouldBe("1");
        TopicProvisioner.ValueOf(topic, "cleanup.policy").ShouldBeNull();
    }
}
