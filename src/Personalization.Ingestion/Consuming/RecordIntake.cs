using System.Diagnostics.CodeAnalysis;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Personalization.Events;
using Personalization.Time;
using Personalization.Validation;

namespace Personalization.Ingestion;

/// <summary>Takes one message in: a good event goes to its user's lane, a bad one to the dead-letter topic.</summary>
internal sealed partial class RecordIntake(
    EventDecoder decoder, DeadLetterPublisher deadLetters, LostEvents lost, ShopClock shop, TimeProvider time, ILogger<RecordIntake> logger)
{
    /// <summary>Takes a message in. For the consume thread.</summary>
    public void Accept(Assignment assignment, IConsumer<byte[]?, byte[]?> consumer, ConsumeResult<byte[]?, byte[]?> record, long polledAt)
    {
        if (assignment.SessionOf(record.Partition.Value, record.Offset.Value) is not { } session)
        {
            return;
        }

        lost.Check(consumer, session, record.Offset.Value);
        var bytes = (record.Message.Key?.Length ?? 0) + (record.Message.Value?.Length ?? 0);
        if (TryDecode(record, session.Epoch, out var decoded, out var error))
        {
            var trace = IngestionActivity.ContextOf(record.Message.Headers);
            var positioned = new PositionedEvent(record.Offset.Value, decoded) { RecordedAt = RecordedAt(record.Message.Timestamp) };
            session.Add(new PendingEvent(positioned, bytes, polledAt, WaitedOf(record.Message.Timestamp), trace));
            return;
        }

        session.Open(record.Offset.Value, bytes);
        _ = SetAsideAsync(session, record, error, bytes);
    }

    // Whatever one record brings about, it must not keep those behind it: the consumer that comes next would meet it again.
    private bool TryDecode(
        ConsumeResult<byte[]?, byte[]?> record,
        string epoch,
        [NotNullWhen(true)] out BehaviorEvent? decoded,
        [NotNullWhen(false)] out FieldError? error)
    {
        try
        {
            return decoder.TryDecode(record, epoch, out decoded, out error);
        }
        catch (Exception exception)
        {
            LogUnreadable(record.Partition.Value, record.Offset.Value, exception);
            (decoded, error) = (null, new FieldError("", InputErrorCodes.Unreadable, $"The value could not be read: {exception.GetType().Name}."));
            return false;
        }
    }

    private TimeSpan WaitedOf(Timestamp timestamp) => RecordTime.Of(timestamp) is { } at ? time.GetUtcNow() - at : TimeSpan.Zero;

    // Where the stream moves shop time, the two are not to be compared.
    private long RecordedAt(Timestamp timestamp) => shop is not ReplayClock && RecordTime.Of(timestamp) is { } at ? at.ToUnixTimeMilliseconds() : 0;

    private async Task SetAsideAsync(PartitionSession session, ConsumeResult<byte[]?, byte[]?> record, FieldError error, int bytes)
    {
        var done = await deadLetters.PublishAsync(record.Partition.Value, record.Offset.Value, record.Message, error, session.Ended);
        session.Complete(record.Offset.Value, bytes, done);
    }

    [LoggerMessage(EventId = 4090, Level = LogLevel.Error, Message = "Event {Partition}@{Offset} could not be read and is set aside")]
    private partial void LogUnreadable(int partition, long offset, Exception exception);
}
