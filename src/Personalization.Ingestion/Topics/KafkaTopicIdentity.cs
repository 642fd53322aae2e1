using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Options;
using Personalization.Events;
using ErrorCode = Confluent.Kafka.ErrorCode;

namespace Personalization.Ingestion;

/// <summary>Asks the broker.</summary>
internal sealed class KafkaTopicIdentity(KafkaAdmin admin, IOptions<IngestionOptions> options) : ITopicIdentity
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public Task<TopicIdentity?> GetAsync(string topic, CancellationToken cancellationToken) =>
        (options.Value.Epoch is { } configured ? Task.Run(() => Count(topic, configured), cancellationToken) : DescribeAsync(topic))
        .WaitAsync(cancellationToken);

    private static string Id(TopicDescription topic)
    {
        var id = topic.TopicId;
        if (id is null || (id.MostSignificantBits == 0 && id.LeastSignificantBits == 0))
        {
            throw new InvalidOperationException(
                $"The broker tells no id of topic '{topic.Name}' (Kafka before 2.8?): set {IngestionOptions.Section}:{nameof(IngestionOptions.Epoch)}.");
        }

        return StreamPosition.EpochOf(id.MostSignificantBits, id.LeastSignificantBits);
    }

    private async Task<TopicIdentity?> DescribeAsync(string topic)
    {
        try
        {
            var result = await admin.Client.DescribeTopicsAsync(
                TopicCollection.OfTopicNames([topic]),
                new DescribeTopicsOptions { RequestTimeout = RequestTimeout });
            var description = result.TopicDescriptions.Single();
            return new TopicIdentity(Id(description), description.Partitions.Count);
        }
        catch (DescribeTopicsException exception)
            when (exception.Results.TopicDescriptions is [{ Error.Code: ErrorCode.UnknownTopicOrPart }])
        {
            return null;
        }
    }

    // A broker whose topics have no id may know no descriptions either.
    private TopicIdentity? Count(string topic, string epoch)
    {
        var metadata = admin.Ask(client => client.GetMetadata(topic, RequestTimeout)).Topics.Single();
        return metadata.Error.Code switch
        {
            ErrorCode.NoError => new TopicIdentity(epoch, metadata.Partitions.Count),
            ErrorCode.UnknownTopicOrPart => null,
            _ => throw new KafkaException(metadata.Error),
        };
    }
}
