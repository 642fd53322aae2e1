using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Personalization.Ingestion;

/// <summary>What librdkafka says, in our log.</summary>
internal static partial class KafkaLog
{
    // The client's own name is not to be asked for here: messages are told before it has one, and an exception on librdkafka's thread ends the process.
    public static void Write(ILogger logger, LogMessage message)
    {
        switch (message.Level)
        {
            case <= SyslogLevel.Error:
                Failed(logger, message.Name, message.Facility, message.Message);
                break;
            case SyslogLevel.Warning:
                Warned(logger, message.Name, message.Facility, message.Message);
                break;
            default:
                Said(logger, message.Name, message.Facility, message.Message);
                break;
        }
    }

    public static void Write(ILogger logger, string client, Error error) => Warned(logger, client, error.Code.ToString(), error.Reason);

    [LoggerMessage(EventId = 4000, Level = LogLevel.Error, Message = "Kafka client {Client}: {Facility}: {Text}")]
    private static partial void Failed(ILogger logger, string client, string facility, string text);

    [LoggerMessage(EventId = 4001, Level = LogLevel.Warning, Message = "Kafka client {Client}: {Facility}: {Text}")]
    private static partial void Warned(ILogger logger, string client, string facility, string text);

    [LoggerMessage(EventId = 4002, Level = LogLevel.Debug, Message = "Kafka client {Client}: {Facility}: {Text}")]
    private static partial void Said(ILogger logger, string client, string facility, string text);
}
