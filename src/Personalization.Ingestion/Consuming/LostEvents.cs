using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Personalization.Ingestion;

/// <summary>
/// Tells of events that the broker dropped before they were read: the client goes on where the log starts by itself. Looks where an event does not follow what was
/// read or committed before it; other holes (compaction, transaction markers) lose nothing. For the consume thread.
/// </summary>
internal sealed partial class LostEvents(IngestionInstruments instruments, IOptions<IngestionOptions> options, ILogger<LostEvents> logger)
{
    private readonly string _topic = options.Value.ClickstreamTopic;

    /// <summary>Looks whether events before one that was just read, and is not yet open, are lost.</summary>
    public void Check(IConsumer<byte[]?, byte[]?> consumer, PartitionSession session, long offset)
    {
        var next = Math.Max(session.Start, session.Offsets.Last + 1);
        if (session.Start < 0 || offset <= next)
        {
            return;
        }

        // The answer that brought the event has said where the log starts; one that came since may know of a later start.
        var start = StreamLag.Fetched(consumer, new TopicPartition(_topic, session.Partition))?.Low.Value ?? 0;
        var lost = Math.Min(start, offset) - next;
        if (lost > 0)
        {
            instruments.Lost(lost);
            LogLost(session.Partition, next, start, lost);
        }
    }

    [LoggerMessage(
        EventId = 4100,
        Level = LogLevel.Warning,
        Message = "Partition {Partition} was read up to offset {Offset}, and its log starts at {LogStart}: {Lost} events were dropped by the broker before they were read. "
            + "Its retention has to be longer than the longest outage")]
    private partial void LogLost(int partition, long offset, long logStart, long lost);
}
