using System.Diagnostics.Metrics;
using Confluent.Kafka;

namespace Personalization.Ingestion;

/// <summary>Keeps each partition's lag up to date without waiting for the broker. For the consume thread, except <see cref="Measure"/>.</summary>
internal sealed class StreamLag(IngestionOptions options, Assignment assignment, LogEnds ends, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private Task<IReadOnlyDictionary<int, long>>? _asked;
    private long _updatedAt;

    /// <summary>Lag by partition.</summary>
    public static IEnumerable<Measurement<long>> Measure(Assignment assignment) => assignment.Sessions
        .Where(session => session.Lag >= 0)
        .Select(session => new Measurement<long>(session.Lag, new KeyValuePair<string, object?>("partition", session.Partition)));

    /// <summary>Where the client's last fetch saw a log start and end; null where it does not know the partition, as of a topic that has just gone.</summary>
    public static WatermarkOffsets? Fetched(IConsumer<byte[]?, byte[]?> consumer, TopicPartition partition)
    {
        try
        {
            return consumer.GetWatermarkOffsets(partition);
        }
        catch (KafkaException)
        {
            return null;
        }
    }

    /// <summary>Brings it up to date where that is due.</summary>
    /// <param name="consumer">The consumer.</param>
    public void Update(IConsumer<byte[]?, byte[]?> consumer)
    {
        if (_asked is { IsCompletedSuccessfully: true } answered)
        {
            _asked = null;
            Take(answered.Result);
        }

        if (_updatedAt != 0 && time.GetElapsedTime(_updatedAt) < Interval)
        {
            return;
        }

        _updatedAt = time.GetTimestamp();
        foreach (var session in assignment.Sessions.Where(session => !IsPaused(session)))
        {
            session.Lag = Fetched(consumer, new TopicPartition(options.ClickstreamTopic, session.Partition)) is { High.IsSpecial: false } marks
                ? LagOf(session, marks.High.Value, marks.Low.IsSpecial ? 0 : marks.Low.Value)
                : -1;
        }

        // A paused partition is not fetched, so the client's own figure stands still.
        _asked ??= ends.AskAsync([.. assignment.Sessions.Where(IsPaused).Select(session => session.Partition)]);
    }

    private void Take(IReadOnlyDictionary<int, long> known)
    {
        foreach (var session in assignment.Sessions.Where(IsPaused))
        {
            if (known.TryGetValue(session.Partition, out var end))
            {
                session.Lag = LagOf(session, end, low: 0);
            }
        }
    }

    private bool IsPaused(PartitionSession session) => assignment.IsPaused || session.IsHeld;

    private static long LagOf(PartitionSession session, long end, long low) =>
        Math.Max(0, end - Math.Max(Math.Max(session.Offsets.NextToCommit, session.Start), low));
}
