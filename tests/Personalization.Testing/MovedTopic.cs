using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Personalization.Testing;

/// <summary>
/// A topic of one partition that is created again with a leader elsewhere, at an earlier epoch than the one before. A client that knows that one takes what it hears of
/// the new one for outdated.
/// </summary>
/// <param name="kafka">The broker; a second one is started.</param>
/// <param name="topic">The topic.</param>
public sealed class MovedTopic(KafkaServer kafka, string topic) : IDisposable
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(10);
    private readonly IAdminClient _admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = kafka.BootstrapServers }).Build();

    /// <summary>Creates it on the second broker.</summary>
    /// <returns>Completes when it has a leader, at a later epoch than the first.</returns>
    public async Task CreateAsync()
    {
        await kafka.StartPeerAsync();
        await CreateAsync(KafkaServer.PeerId);

        // The epoch rises when the leader has been away.
        await kafka.StartPeerAsync();
        await Wait.UntilAsync(() => Leader() == KafkaServer.PeerId, "the topic has its leader again");
    }

    /// <summary>Deletes it and creates it on the first broker.</summary>
    /// <returns>Completes when it has a leader.</returns>
    public async Task MoveAsync()
    {
        await _admin.DeleteTopicsAsync([topic]);
        await Wait.UntilAsync(() => Leader() is null, "the topic is gone");
        await CreateAsync(KafkaServer.Id);
        await Wait.UntilAsync(() => Leader() == KafkaServer.Id, "the topic has a leader");
    }

    /// <inheritdoc/>
    public void Dispose() => _admin.Dispose();

    private int? Leader() => _admin.GetMetadata(RequestTimeout).Topics.Find(found => found.Topic == topic)?.Partitions.Single().Leader;

    private Task CreateAsync(int broker) =>
        _admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = 1, ReplicasAssignments = new() { [0] = [broker] } }]);
}
