using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ErrorCode = Confluent.Kafka.ErrorCode;

namespace Personalization.Ingestion;

/// <summary>
/// Creates the topics that are missing; what exists is left as it is, and told where it loses items or lets an erasure be undone. Waits for the broker where it is
/// not there yet.
/// </summary>
internal sealed partial class TopicProvisioner(
    KafkaClients clients,
    IOptions<IngestionOptions> options,
    TimeProvider time,
    ILogger<TopicProvisioner> logger) : IDisposable
{
    private const string CleanupPolicy = "cleanup.policy";
    private const string Compact = "compact";
    private const string TimestampType = "message.timestamp.type";
    private const string LogAppendTime = "LogAppendTime";
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(10);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly IngestionOptions _options = options.Value;
    private volatile bool _ready;

    /// <summary>Makes sure that all topics are there. Many may ask; one works.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Completes when they are there; a failure is logged and repeated, as a broker may start after us.</returns>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        if (_ready)
        {
            return;
        }

        await _gate.WaitAsync(cancellationToken);
        try
        {
            var backoff = new Backoff(_options.RetryDelay, _options.MaxRetryDelay);
            while (!_ready)
            {
                try
                {
                    await TryAsync().WaitAsync(cancellationToken);
                    _ready = true;
                }
                catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
                {
                    LogFailed(_options.BootstrapServers, Explain(exception));
                    await Task.Delay(backoff.Next(), time, cancellationToken);
                }
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private async Task TryAsync()
    {
        using var admin = clients.Admin();
        if (_options.CreateTopics)
        {
            await CreateMissingAsync(admin);
        }

        // A broker that knows no topic ids, as the embedded one, may have nobody to answer, and the start would wait for it.
        if (_options.Epoch is null)
        {
            await Task.WhenAll(CheckItemsAsync(admin), CheckClickstreamAsync(admin));
        }
    }

    private async Task CreateMissingAsync(IAdminClient admin)
    {
        var existing = admin.GetMetadata(RequestTimeout).Topics.Select(topic => topic.Topic).ToHashSet(StringComparer.Ordinal);
        var missing = Wanted().Where(topic => !existing.Contains(topic.Name)).ToList();
        if (missing.Count == 0)
        {
            return;
        }

        try
        {
            await admin.CreateTopicsAsync(missing, new CreateTopicsOptions { RequestTimeout = RequestTimeout });
        }
        catch (CreateTopicsException exception)
            when (exception.Results.TrueForAll(result => result.Error.Code is ErrorCode.NoError or ErrorCode.TopicAlreadyExists))
        {
            // Another silo was faster.
        }

        foreach (var topic in missing)
        {
            LogCreated(topic.Name, topic.NumPartitions);
        }
    }

    // Items that the broker drops by their age are missing from every silo that starts later.
    private async Task CheckItemsAsync(IAdminClient admin)
    {
        if (await AskAsync(admin, _options.ItemsTopic, CleanupPolicy) is { } policy and not Compact)
        {
            LogNotCompacted(_options.ItemsTopic, policy);
        }
    }

    // By a producer's clock that is ahead, an event that came before an erasure is taken for a later one.
    private async Task CheckClickstreamAsync(IAdminClient admin)
    {
        if (await AskAsync(admin, _options.ClickstreamTopic, TimestampType) is { } type and not LogAppendTime)
        {
            LogProducersTime(_options.ClickstreamTopic, type);
        }
    }

    // Null: who may not ask, or has a broker that cannot say or knows no such setting, goes on.
    private async Task<string?> AskAsync(IAdminClient admin, string topic, string setting)
    {
        try
        {
            var answer = await admin.DescribeConfigsAsync(
                [new ConfigResource { Name = topic, Type = ResourceType.Topic }],
                new DescribeConfigsOptions { RequestTimeout = RequestTimeout });
            return ValueOf(answer.Single(), setting);
        }
        catch (KafkaException exception)
        {
            LogNotChecked(topic, setting, exception.Error.Reason);
            return null;
        }
    }

    /// <summary>A setting; null where the broker is one that does not tell it.</summary>
    internal static string? ValueOf(DescribeConfigsResult topic, string setting) => topic.Entries.TryGetValue(setting, out var entry) ? entry.Value : null;

    private static string Explain(Exception exception) => exception is CreateTopicsException create
        ? string.Join("; ", create.Results.Where(r => r.Error.IsError).Select(r => $"topic '{r.Topic}': {r.Error.Reason}"))
        : exception.Message;

    /// <summary>The topics as they are created.</summary>
    internal IEnumerable<TopicSpecification> Wanted() =>
    [
        // The broker's clock tells what was in the stream before an erasure.
        Topic(_options.ClickstreamTopic, new() { [TimestampType] = LogAppendTime }),
        // A refused event carries headers on top of the largest value that the clickstream may hold.
        Topic(_options.DeadLetterTopic, new() { ["max.message.bytes"] = (2 * 1024 * 1024).ToString() }),
        Topic(_options.ItemsTopic, new() { [CleanupPolicy] = Compact }),
        Topic(_options.ChurnWarningsTopic, []),
    ];

    private TopicSpecification Topic(string name, Dictionary<string, string> configs) => new()
    {
        Name = name,
        NumPartitions = _options.Partitions,
        ReplicationFactor = _options.ReplicationFactor,
        Configs = configs,
    };

    [LoggerMessage(EventId = 4030, Level = LogLevel.Information, Message = "Created topic {Topic} with {Partitions} partitions")]
    private partial void LogCreated(string topic, int partitions);

    [LoggerMessage(EventId = 4031, Level = LogLevel.Error, Message = "Topics could not be made sure of at {BootstrapServers}: {Reason}. Trying again")]
    private partial void LogFailed(string bootstrapServers, string reason);

    [LoggerMessage(
        EventId = 4032,
        Level = LogLevel.Warning,
        Message = "Topic {Topic} has cleanup.policy '{Policy}', so the broker drops items by their age: set it to 'compact' and put the items again")]
    private partial void LogNotCompacted(string topic, string policy);

    [LoggerMessage(EventId = 4033, Level = LogLevel.Debug, Message = "Topic {Topic} could not be asked for its {Setting}: {Reason}")]
    private partial void LogNotChecked(string topic, string setting, string reason);

    [LoggerMessage(
        EventId = 4034,
        Level = LogLevel.Warning,
        Message = "Topic {Topic} has message.timestamp.type '{Type}', so a producer whose clock is ahead may undo an erasure: set it to 'LogAppendTime'")]
    private partial void LogProducersTime(string topic, string type);
}
