using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Events;
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
    /// <summary>What is kept of a value that the dead-letter topic refuses as too large.</summary>
    internal const int TruncatedBytes = 64 * 1024;

    private readonly IngestionOptions _options = options.Value;

    /// <summary>Writes a refused event, again and again until the broker has it.</summary>
    /// <param name="source">The message.</param>
    /// <param name="error">Why it was refused.</param>
    /// <param name="cancellationToken">Ends the repetitions.</param>
    /// <returns>Whether the broker has it.</returns>
    public async Task<bool> PublishAsync(ConsumeResult<byte[]?, byte[]?> source, FieldError error, CancellationToken cancellationToken)
    {
        var message = new Message<byte[]?, byte[]?> { Key = source.Message.Key, Value = source.Message.Value, Headers = HeadersOf(source, error) };
        var backoff = new Backoff(_options.RetryDelay, _options.MaxRetryDelay);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await publisher.PublishAsync(_options.DeadLetterTopic, message, cancellationToken);
                instruments.DeadLettered(error.Code);
                LogRefused(source.Partition.Value, source.Offset.Value, error.Code, error.Field);
                return true;
            }
            catch (ProduceException<byte[]?, byte[]?> exception)
                when (exception.Error.Code == ErrorCode.MsgSizeTooLarge && message.Value is { Length: > TruncatedBytes } value)
            {
                LogTruncated(source.Partition.Value, source.Offset.Value, value.Length);
                message.Value = value[..TruncatedBytes];
                message.Headers.Add("error.truncated", Encoding.UTF8.GetBytes(value.Length.ToString()));
                continue;
            }
            catch (OperationCanceledException)
            {
                break;
            }
            catch (Exception exception)
            {
                LogFailed(source.Partition.Value, source.Offset.Value, exception);
            }

            if (!await backoff.WaitAsync(backoff.Next(), time, cancellationToken))
            {
                break;
            }
        }

        return false;
    }

    private Headers HeadersOf(ConsumeResult<byte[]?, byte[]?> source, FieldError error)
    {
        var headers = new Headers();
        foreach (var header in source.Message.Headers ?? [])
        {
            headers.Add(header.Key, header.GetValueBytes());
        }

        Add(headers, "error.code", error.Code);
        Add(headers, "error.message", error.Message);
        Add(headers, "error.field", error.Field);
        Add(headers, "source.topic", _options.ClickstreamTopic);
        Add(headers, "source.partition", source.Partition.Value.ToString());
        Add(headers, "source.offset", source.Offset.Value.ToString());
        return headers;
    }

    private static void Add(Headers headers, string name, string value) => headers.Add(name, Encoding.UTF8.GetBytes(value));

    [LoggerMessage(EventId = 4020, Level = LogLevel.Information, Message = "Event {Partition}@{Offset} was refused: {Code} in field '{Field}'")]
    private partial void LogRefused(int partition, long offset, string code, string field);

    [LoggerMessage(EventId = 4021, Level = LogLevel.Warning, Message = "Refused event {Partition}@{Offset} of {Bytes} bytes is too large for the dead-letter topic and was cut")]
    private partial void LogTruncated(int partition, long offset, int bytes);

    [LoggerMessage(EventId = 4022, Level = LogLevel.Warning, Message = "Refused event {Partition}@{Offset} could not be written to the dead-letter topic and will be sent again")]
    private partial void LogFailed(int partition, long offset, Exception exception);
}
