using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Events;
using Personalization.Users;
using Personalization.Validation;
using ErrorCode = Confluent.Kafka.ErrorCode;

namespace Personalization.Ingestion;

/// <summary>Sets refused events aside: original key and value, the reason and the source in headers.</summary>
internal sealed partial class DeadLetterPublisher(
    KafkaPublisher publisher,
    IOptions<IngestionOptions> options,
    IngestionInstruments instruments,
    TimeProvider time,
    ILogger<DeadLetterPublisher> logger)
{
    /// <summary>The code of events whose user's row is damaged.</summary>
    internal const string DamagedState = "damaged_state";

    private readonly IngestionOptions _options = options.Value;
    private readonly LogPace _pace = new(time);

    /// <summary>Writes a refused event, again and again until the broker has it.</summary>
    /// <param name="partition">Where it came from.</param>
    /// <param name="offset">Where it came from.</param>
    /// <param name="source">The message.</param>
    /// <param name="error">Why it was refused.</param>
    /// <param name="cancellationToken">Ends the repetitions.</param>
    /// <returns>Whether the broker has it.</returns>
    public async Task<bool> PublishAsync(int partition, long offset, Message<byte[]?, byte[]?> source, FieldError error, CancellationToken cancellationToken)
    {
        var letter = LetterOf(partition, offset, source, error);
        var backoff = new Backoff(_options.RetryDelay, _options.MaxRetryDelay);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await publisher.PublishAsync(_options.DeadLetterTopic, letter.ToMessage(), cancellationToken);
                instruments.DeadLettered(error.Code);
                LogRefused(partition, offset, error.Code, error.Field);
                return true;
            }
            catch (ProduceException<byte[]?, byte[]?> exception)
                when (exception.Error.Code == ErrorCode.MsgSizeTooLarge && letter.CanBeCut)
            {
                LogTruncated(partition, offset, (source.Key?.Length ?? 0) + (source.Value?.Length ?? 0));
                letter.Cut();
                continue;
            }
            catch (OperationCanceledException)
            {
                break;
            }
            catch (Exception exception)
            {
                instruments.Retried("dead_letter");
                if (_pace.IsDue(out var failures))
                {
                    LogFailed(_options.DeadLetterTopic, partition, offset, failures, exception);
                }
            }

            if (!await backoff.WaitAsync(backoff.Next(), time, cancellationToken))
            {
                break;
            }
        }

        return false;
    }

    /// <summary>Sets the events of a user aside whose row is damaged: they are as they were read, not as they were sent.</summary>
    /// <param name="batch">Events of the user.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether the broker has all of them.</returns>
    public async Task<bool> PublishDamagedAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        var userId = batch.Events[0].Event.UserId;
        LogDamaged(UserHash.Of(userId), batch.Events.Length);
        var key = Encoding.UTF8.GetBytes(userId);
        var published = await Task.WhenAll(batch.Events.Select(item => PublishAsync(
            batch.Partition,
            item.Offset,
            new Message<byte[]?, byte[]?> { Key = key, Value = EventWriter.Write(item.Event) },
            new FieldError("", DamagedState, "What is stored of the user cannot be read, so the event was not applied."),
            cancellationToken)));
        return Array.TrueForAll(published, static done => done);
    }

    private DeadLetter LetterOf(int partition, long offset, Message<byte[]?, byte[]?> source, FieldError error)
    {
        var letter = new DeadLetter(source);
        letter.Add("error.code", error.Code);
        letter.Add("error.message", error.Message);
        letter.Add("error.field", error.Field);
        letter.Add("source.topic", _options.ClickstreamTopic);
        letter.Add("source.partition", partition.ToString());
        letter.Add("source.offset", offset.ToString());
        return letter;
    }

    [LoggerMessage(EventId = 4020, Level = LogLevel.Information, Message = "Event {Partition}@{Offset} was refused: {Code} in field '{Field}'")]
    private partial void LogRefused(int partition, long offset, string code, string field);

    [LoggerMessage(EventId = 4021, Level = LogLevel.Warning, Message = "Refused event {Partition}@{Offset} of {Bytes} bytes is too large for the dead-letter topic and was cut")]
    private partial void LogTruncated(int partition, long offset, int bytes);

    [LoggerMessage(
        EventId = 4022,
        Level = LogLevel.Warning,
        Message = "Topic {Topic} does not take refused event {Partition}@{Offset}: it is sent again until it does, and nothing behind it is committed ({Failures} failures since start)")]
    private partial void LogFailed(string topic, int partition, long offset, long failures, Exception exception);

    [LoggerMessage(EventId = 4023, Level = LogLevel.Error, Message = "What is stored of user {User} is damaged: {Events} events are set aside. Restore or delete the row and send them again")]
    private partial void LogDamaged(string user, int events);
}
