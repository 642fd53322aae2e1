using Confluent.Kafka;
using Personalization.Events;

namespace Personalization.Ingestion;

/// <summary>Takes one message in: a good event goes to its user's lane, a bad one to the dead-letter topic.</summary>
internal sealed class RecordIntake(EventDecoder decoder, DeadLetterPublisher deadLetters, TimeProvider time)
{
    /// <summary>Takes a message in. For the consume thread.</summary>
    public void Accept(Assignment assignment, ConsumeResult<byte[]?, byte[]?> record, long polledAt)
    {
        if (assignment.SessionOf(record.Partition.Value, record.Offset.Value) is not { } session)
        {
            return;
        }

        var bytes = (record.Message.Key?.Length ?? 0) + (record.Message.Value?.Length ?? 0);
        if (decoder.TryDecode(record, session.Epoch, out var decoded, out var error))
        {
            var trace = IngestionActivity.ContextOf(record.Message.Headers);
            session.Add(new PendingEvent(new PositionedEvent(record.Offset.Value, decoded), bytes, polledAt, WaitedOf(record.Message.Timestamp), trace));
            return;
        }

        session.Open(record.Offset.Value, bytes);
        _ = SetAsideAsync(session, record, error, bytes);
    }

    private TimeSpan WaitedOf(Timestamp timestamp) =>
        timestamp.Type == TimestampType.NotAvailable ? TimeSpan.Zero : time.GetUtcNow() - new DateTimeOffset(timestamp.UtcDateTime, TimeSpan.Zero);

    private async Task SetAsideAsync(PartitionSession session, ConsumeResult<byte[]?, byte[]?> record, FieldError error, int bytes)
    {
        var done = await deadLetters.PublishAsync(record, error, session.Ended);
        session.Complete(record.Offset.Value, bytes, done);
    }
}
