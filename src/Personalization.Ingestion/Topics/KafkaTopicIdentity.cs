using System.Buffers.Binary;
using System.Buffers.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Options;
using ErrorCode = Confluent.Kafka.ErrorCode;

namespace Personalization.Ingestion;

/// <summary>Asks the broker for the topic's id.</summary>
internal sealed class KafkaTopicIdentity(KafkaClients clients, IOptions<IngestionOptions> options) : ITopicIdentity, IDisposable
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(5);
    private readonly Lazy<IAdminClient> _admin = new(clients.Admin);

    /// <inheritdoc/>
    public async Task<string?> GetEpochAsync(string topic, CancellationToken cancellationToken)
    {
        if (options.Value.Epoch is { } configured)
        {
            return configured;
        }

        var description = await DescribeAsync(topic).WaitAsync(cancellationToken);
        if (description is null)
        {
            return null;
        }

        var id = description.TopicId;
        if (id is null || (id.MostSignificantBits == 0 && id.LeastSignificantBits == 0))
        {
            throw new InvalidOperationException(
                $"The broker tells no id of topic '{topic}' (Kafka before 2.8?): set {IngestionOptions.Section}:{nameof(IngestionOptions.Epoch)}.");
        }

        return Format(id.MostSignificantBits, id.LeastSignificantBits);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_admin.IsValueCreated)
        {
            _admin.Value.Dispose();
        }
    }

    /// <summary>A 128-bit id in base64url without padding, as Kafka's own tools print it.</summary>
    internal static string Format(long mostSignificantBits, long leastSignificantBits)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, mostSignificantBits);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], leastSignificantBits);
        return Base64Url.EncodeToString(bytes);
    }

    private async Task<TopicDescription?> DescribeAsync(string topic)
    {
        try
        {
            var result = await _admin.Value.DescribeTopicsAsync(
                TopicCollection.OfTopicNames([topic]),
                new DescribeTopicsOptions { RequestTimeout = RequestTimeout });
            return result.TopicDescriptions.Single();
        }
        catch (DescribeTopicsException exception)
            when (exception.Results.TopicDescriptions is [{ Error.Code: ErrorCode.UnknownTopicOrPart }])
        {
            return null;
        }
    }
}
