using Confluent.Kafka;

namespace Personalization.Ingestion;

/// <summary>The time that a message was given by its producer or its broker.</summary>
internal static class RecordTime
{
    private static readonly long MinMilliseconds = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly long MaxMilliseconds = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>Reads it.</summary>
    /// <param name="timestamp">What Kafka has: any number, for instance the microseconds of a producer that got it wrong.</param>
    /// <returns>The time; null when there is none, or a number that no calendar holds.</returns>
    public static DateTimeOffset? Of(Timestamp timestamp) =>
        timestamp.Type != TimestampType.NotAvailable && timestamp.UnixTimestampMs >= MinMilliseconds && timestamp.UnixTimestampMs <= MaxMilliseconds
            ? DateTimeOffset.FromUnixTimeMilliseconds(timestamp.UnixTimestampMs)
            : null;
}
