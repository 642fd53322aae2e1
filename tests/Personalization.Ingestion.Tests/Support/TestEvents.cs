using System.Text;
using Confluent.Kafka;
using Personalization.Events;
using Personalization.Validation;

namespace Personalization.Ingestion.Tests;

/// <summary>Makes and produces events.</summary>
internal static class TestEvents
{
    public static readonly DateTimeOffset Time = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static BehaviorEvent Of(string userId, int number) => new()
    {
        EventId = $"{userId}-{number}",
        UserId = userId,
        ItemId = $"item-{number}",
        Type = EventType.Click,
        Timestamp = Time.AddMilliseconds(number),
    };

    public static Message<byte[]?, byte[]?> Message(BehaviorEvent item) => Message(item.UserId, EventWriter.Write(item));

    public static Message<byte[]?, byte[]?> Message(string? key, byte[]? value) => new()
    {
        Key = key is null ? null : Encoding.UTF8.GetBytes(key),
        Value = value,
        Headers = [],
    };

    /// <summary>Produces events of users in turn; event n belongs to user n modulo users.</summary>
    public static async Task ProduceAsync(string bootstrapServers, string topic, int from, int count, int users, CancellationToken cancellationToken)
    {
        using var producer = Producer(bootstrapServers);
        var reports = new List<Task>(count);
        for (var n = from; n < from + count; n++)
        {
            reports.Add(producer.ProduceAsync(topic, Message(Of($"user-{n % users}", n)), cancellationToken));
        }

        await Task.WhenAll(reports);
    }

    public static IProducer<byte[]?, byte[]?> Producer(string bootstrapServers) =>
        new ProducerBuilder<byte[]?, byte[]?>(new ProducerConfig
        {
            BootstrapServers = bootstrapServers,
            Acks = Acks.All,
            EnableIdempotence = true,
            LingerMs = 1,
            MessageMaxBytes = 4_000_000,
        })
        .SetKeySerializer(RawBytes.Instance)
        .SetValueSerializer(RawBytes.Instance)
        .Build();
}
