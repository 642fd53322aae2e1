using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Personalization.Ingestion;

/// <summary>Asks where the clickstream's partitions end, all of them at once. Thread-safe.</summary>
internal sealed partial class LogEnds(KafkaAdmin admin, IOptions<IngestionOptions> options, ILogger<LogEnds> logger)
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(3);
    private readonly string _topic = options.Value.ClickstreamTopic;

    /// <summary>Asks; takes no longer than a few seconds and does not fail.</summary>
    /// <param name="partitions">The partitions.</param>
    /// <returns>By partition, the offset behind its last event. Whose leader does not answer is left out.</returns>
    public async Task<IReadOnlyDictionary<int, long>> AskAsync(IReadOnlyCollection<int> partitions)
    {
        if (partitions.Count == 0)
        {
            return new Dictionary<int, long>();
        }

        try
        {
            var answer = await admin.Client.ListOffsetsAsync(
                partitions.Select(partition => new TopicPartitionOffsetSpec
                {
                    TopicPartition = new TopicPartition(_topic, partition),
                    OffsetSpec = OffsetSpec.Latest(),
                }),
                new ListOffsetsOptions { RequestTimeout = RequestTimeout }).ConfigureAwait(false);
            return Known(answer.ResultInfos);
        }
        catch (ListOffsetsException exception)
        {
            LogUnknown(_topic, exception.Message);
            return Known(exception.Result.ResultInfos);
        }
        catch (Exception exception)
        {
            LogUnknown(_topic, exception.Message);
            return new Dictionary<int, long>();
        }
    }

    private static Dictionary<int, long> Known(IEnumerable<ListOffsetsResultInfo> answers) => answers
        .Select(answer => answer.TopicPartitionOffsetError)
        .Where(end => !end.Error.IsError && !end.Offset.IsSpecial)
        .ToDictionary(end => end.Partition.Value, end => end.Offset.Value);

    [LoggerMessage(EventId = 4042, Level = LogLevel.Debug, Message = "Where partitions of topic {Topic} end could not be asked: {Reason}")]
    private partial void LogUnknown(string topic, string reason);
}
