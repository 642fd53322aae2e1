using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Personalization.Catalog;
using Personalization.Validation;
using ErrorCode = Confluent.Kafka.ErrorCode;

namespace Personalization.Ingestion;

/// <summary>One pass over topic <c>items</c> from its beginning, and what follows until the topic changes its shape.</summary>
internal sealed partial class CatalogReader(
    ItemCatalog catalog,
    IngestionOptions options,
    KafkaClients clients,
    ITopicIdentity identity,
    IngestionInstruments instruments,
    TimeProvider time,
    ILogger logger) : IDisposable
{
    private const int PollMilliseconds = 100;
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(10);
    private readonly IConsumer<byte[]?, byte[]?> _consumer = clients.Reader();
    private readonly Dictionary<int, long> _ends = [];
    private HashSet<string>? _seen = new(StringComparer.Ordinal);

    /// <summary>Reads until stopped, or until the topic was recreated or got more partitions: then another pass is due.</summary>
    /// <exception cref="KafkaException">The topic cannot be read.</exception>
    public void Run(CancellationToken stopping)
    {
        var topic = AskAsync().GetAwaiter().GetResult();
        var partitions = Enumerable.Range(0, topic.Partitions).Select(p => new TopicPartition(options.ItemsTopic, p)).ToList();
        foreach (var partition in partitions)
        {
            var marks = _consumer.QueryWatermarkOffsets(partition, RequestTimeout);
            if (marks.High > marks.Low)
            {
                _ends.Add(partition.Partition.Value, marks.High.Value);
            }
        }

        _consumer.Assign(partitions.Select(p => new TopicPartitionOffset(p, Offset.Beginning)));
        FinishWhenWhole();
        var seenAt = time.GetTimestamp();
        Task<TopicIdentity>? asked = null;
        while (!stopping.IsCancellationRequested)
        {
            Take(Consume());
            if (asked is { IsCompleted: true })
            {
                if (!asked.IsCompletedSuccessfully)
                {
                    // What was read holds all the same; where the topic is gone, the consumer says so.
                    LogLookFailed(options.ItemsTopic, asked.Exception);
                }
                else if (asked.Result != topic)
                {
                    LogReshaped(options.ItemsTopic);
                    return;
                }

                (asked, seenAt) = (null, time.GetTimestamp());
            }
            else if (asked is null && time.GetElapsedTime(seenAt) >= options.TopicCheckInterval)
            {
                asked = AskAsync();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
    }

    private async Task<TopicIdentity> AskAsync()
    {
        using var timeout = new CancellationTokenSource(RequestTimeout, time);
        return await identity.GetAsync(options.ItemsTopic, timeout.Token)
            ?? throw new KafkaException(new Error(ErrorCode.UnknownTopicOrPart, $"Topic '{options.ItemsTopic}' does not exist: create it, or set {IngestionOptions.Section}:{nameof(IngestionOptions.CreateTopics)}."));
    }

    private ConsumeResult<byte[]?, byte[]?>? Consume()
    {
        try
        {
            return _consumer.Consume(PollMilliseconds);
        }
        catch (ConsumeException exception) when (exception.Error.Code == ErrorCode.GroupAuthorizationFailed)
        {
            // The client looks for a coordinator unasked; who assigns partitions to itself needs none, so it needs no right to the group.
            return null;
        }
    }

    private void Take(ConsumeResult<byte[]?, byte[]?>? record)
    {
        if (record is null)
        {
            return;
        }

        if (!record.IsPartitionEOF)
        {
            TryApply(record);
        }

        if (_ends.TryGetValue(record.Partition.Value, out var end) && (record.IsPartitionEOF || record.Offset.Value + 1 >= end))
        {
            _ends.Remove(record.Partition.Value);
            FinishWhenWhole();
        }
    }

    // Whatever one record brings about, it must not keep those behind it: the next pass would meet it again.
    private void TryApply(ConsumeResult<byte[]?, byte[]?> record)
    {
        try
        {
            Apply(record);
        }
        catch (Exception exception)
        {
            instruments.BadItem(InputErrorCodes.Unreadable);
            LogUnreadable(record.Partition.Value, record.Offset.Value, exception);
        }
    }

    private void Apply(ConsumeResult<byte[]?, byte[]?> record)
    {
        var key = record.Message.Key is { } bytes ? Encoding.UTF8.GetString(bytes) : "";
        if (record.Message.Value is not { } value)
        {
            catalog.Remove(key);
            _seen?.Remove(key);
            return;
        }

        var parsed = ItemParser.Parse(value, key);
        if (parsed.IsValid)
        {
            catalog.Put(parsed.Item);
            _seen?.Add(key);
            return;
        }

        var error = parsed.Errors[0];
        instruments.BadItem(error.Code);
        LogBadItem(record.Partition.Value, record.Offset.Value, error.Code, error.Field, error.Message);
    }

    // What a former pass put and this one did not meet was removed while nobody looked.
    private void FinishWhenWhole()
    {
        if (_ends.Count > 0 || _seen is not { } seen)
        {
            return;
        }

        foreach (var item in catalog.Snapshot().Where(item => !seen.Contains(item.ItemId)))
        {
            catalog.Remove(item.ItemId);
        }

        _seen = null;
        catalog.MarkLoaded();
        LogLoaded(catalog.Count, options.ItemsTopic);
    }

    [LoggerMessage(EventId = 4081, Level = LogLevel.Information, Message = "The catalogue is whole: {Items} items from topic {Topic}")]
    private partial void LogLoaded(int items, string topic);

    [LoggerMessage(EventId = 4082, Level = LogLevel.Warning, Message = "No item at {Partition}@{Offset}: {Code} in field '{Field}': {Reason}")]
    private partial void LogBadItem(int partition, long offset, string code, string field, string reason);

    [LoggerMessage(EventId = 4083, Level = LogLevel.Warning, Message = "Topic {Topic} was recreated or repartitioned and is read again")]
    private partial void LogReshaped(string topic);

    [LoggerMessage(EventId = 4085, Level = LogLevel.Debug, Message = "The identity of topic {Topic} could not be looked at; the next look tries again")]
    private partial void LogLookFailed(string topic, Exception? exception);

    [LoggerMessage(EventId = 4084, Level = LogLevel.Error, Message = "The item at {Partition}@{Offset} could not be read and is left out")]
    private partial void LogUnreadable(int partition, long offset, Exception exception);
}
