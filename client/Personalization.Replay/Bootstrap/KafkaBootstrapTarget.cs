using System.Text.Json;
using Personalization.Events;

namespace Personalization.Replay;

/// <summary>A Kafka topic as the target of a load.</summary>
public sealed class KafkaBootstrapTarget : IBootstrapTarget, IDisposable
{
    private readonly KafkaEventSink _sink;
    private readonly KafkaTopic _topic;
    private readonly KafkaTopicReader _reader;

    /// <summary>Connects.</summary>
    /// <param name="kafka">How Kafka is reached.</param>
    /// <param name="topic">The topic.</param>
    public KafkaBootstrapTarget(KafkaConnection kafka, KafkaTopic topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        _topic = topic;
        _sink = new KafkaEventSink(kafka, topic.Name);
        _reader = new KafkaTopicReader(kafka, topic);
    }

    /// <inheritdoc/>
    public string Id => _topic.Id;

    /// <inheritdoc/>
    public ValueTask SendAsync(BehaviorEvent behaviorEvent, CancellationToken cancellationToken) => _sink.SendAsync(behaviorEvent, cancellationToken);

    /// <inheritdoc/>
    public Task FlushAsync(CancellationToken cancellationToken) => _sink.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<long[]> EndsAsync(CancellationToken cancellationToken) => Task.Run(_reader.Ends, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlySet<string>> EventIdsAsync(IReadOnlyList<long> from, CancellationToken cancellationToken) =>
        Task.Run<IReadOnlySet<string>>(
            () => _reader.Read(from, cancellationToken).Select(record => IdOf(record.Value)).OfType<string>().ToHashSet(StringComparer.Ordinal), cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _sink.Dispose();
        _reader.Dispose();
    }

    private static string? IdOf(byte[]? value)
    {
        try
        {
            using var json = JsonDocument.Parse(value);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("eventId"u8, out var id) && id.ValueKind == JsonValueKind.String
                ? id.GetString()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
