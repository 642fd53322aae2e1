using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Personalization.Events;

namespace Personalization.Replay;

/// <summary>A topic as the broker describes it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its id in base64url: a recreated topic has another one. Empty where the broker knows none.</param>
/// <param name="Partitions">Number of partitions.</param>
public sealed record KafkaTopic(string Name, string Id, int Partitions)
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Asks the broker.</summary>
    /// <param name="kafka">How Kafka is reached.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The topic, or null when there is none of this name.</returns>
    /// <exception cref="KafkaUnavailableException">Kafka does not answer.</exception>
    public static async Task<KafkaTopic?> FindAsync(KafkaConnection kafka, string topic, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(kafka);
        string? trouble = null;
        using var admin = kafka.Open(
            new AdminClientConfig { SocketTimeoutMs = 10_000 },
            config => new AdminClientBuilder(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, error) => trouble ??= error.Reason).Build());
        try
        {
            var answer = await admin.DescribeTopicsAsync(TopicCollection.OfTopicNames([topic]), new DescribeTopicsOptions { RequestTimeout = RequestTimeout })
                .WaitAsync(cancellationToken);
            var described = answer.TopicDescriptions.Single();
            return new KafkaTopic(described.Name, described.TopicId is { } id ? StreamPosition.EpochOf(id.MostSignificantBits, id.LeastSignificantBits) : string.Empty, described.Partitions.Count);
        }
        catch (DescribeTopicsException exception)
            when (exception.Results.TopicDescriptions is [{ Error.Code: Confluent.Kafka.ErrorCode.UnknownTopicOrPart }])
        {
            return null;
        }
        catch (KafkaException exception)
        {
            throw new KafkaUnavailableException($"Kafka at {kafka.BootstrapServers} does not answer: {exception.Error.Reason}{(trouble is null ? string.Empty : $" ({trouble})")}", exception);
        }
    }

    /// <summary>Asks the broker for a topic that must be there.</summary>
    /// <inheritdoc cref="FindAsync"/>
    public static async Task<KafkaTopic> GetAsync(KafkaConnection kafka, string topic, CancellationToken cancellationToken = default) =>
        await FindAsync(kafka, topic, cancellationToken)
        ?? throw new KafkaUnavailableException($"Kafka at {kafka.BootstrapServers} has no topic '{topic}'; a silo makes it when it starts.");
}
