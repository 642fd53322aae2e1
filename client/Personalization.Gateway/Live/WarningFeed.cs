using System.Text.Json;
using Confluent.Kafka;
using Microsoft.Extensions.Options;
using Personalization.Churn;
using Personalization.Client;

namespace Personalization.Gateway;

/// <summary>Reads topic <c>churn-warnings</c> from now on, keeps the latest ones, and tells live streams.</summary>
internal sealed partial class WarningFeed(IOptions<ProducerOptions> kafka, IOptions<GatewayOptions> options, TimeProvider time, ILogger<WarningFeed> logger)
    : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(2);
    private readonly Lock _lock = new();
    private readonly LinkedList<SequencedWarning> _latest = new();
    private readonly HashSet<Action<SequencedWarning>> _listeners = [];

    /// <summary>The newest warnings first.</summary>
    /// <param name="count">How many at most.</param>
    /// <returns>The warnings.</returns>
    public IReadOnlyList<ChurnWarning> Latest(int count)
    {
        lock (_lock)
        {
            return [.. _latest.Take(count).Select(entry => entry.Warning)];
        }
    }

    /// <summary>Listens to new warnings and gets what came after a known one.</summary>
    /// <param name="lastId">Id of the last one the caller has; null or unknown: none is repeated.</param>
    /// <param name="listener">Called for each new one; must not block.</param>
    /// <param name="missed">What came since, oldest first.</param>
    /// <returns>Ends the listening.</returns>
    public IDisposable Listen(string? lastId, Action<SequencedWarning> listener, out IReadOnlyList<SequencedWarning> missed)
    {
        lock (_lock)
        {
            missed = lastId is not null && _latest.Any(entry => string.Equals(entry.Id, lastId, StringComparison.Ordinal))
                ? [.. _latest.TakeWhile(entry => !string.Equals(entry.Id, lastId, StringComparison.Ordinal)).Reverse()]
                : [];
            _listeners.Add(listener);
        }

        return new Listening(this, listener);
    }

    /// <summary>Takes a warning in.</summary>
    /// <param name="entry">The warning.</param>
    internal void Add(SequencedWarning entry)
    {
        lock (_lock)
        {
            _latest.AddFirst(entry);
            if (_latest.Count > options.Value.KeptWarnings)
            {
                _latest.RemoveLast();
            }

            foreach (var listener in _listeners)
            {
                listener(entry);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.Factory.StartNew(() => Consume(stoppingToken), stoppingToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogInterrupted(exception.Message);
                await Task.Delay(RetryDelay, time, stoppingToken);
            }
        }
    }

    private void Consume(CancellationToken stoppingToken)
    {
        // Each gateway shows every warning, so it assigns all partitions to itself instead of joining a group.
        using var consumer = new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig(new Dictionary<string, string>(kafka.Value.Settings))
        {
            BootstrapServers = kafka.Value.BootstrapServers,
            GroupId = "personalization-gateway-" + Guid.NewGuid().ToString("N"),
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Latest,
        }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        var topic = admin.GetMetadata(kafka.Value.ChurnWarningsTopic, TimeSpan.FromSeconds(5)).Topics.Single();
        if (topic.Error.IsError || topic.Partitions.Count == 0)
        {
            throw new KafkaException(topic.Error);
        }

        consumer.Assign(topic.Partitions.Select(partition => new TopicPartitionOffset(topic.Topic, partition.PartitionId, Offset.End)));
        while (true)
        {
            var record = consumer.Consume(stoppingToken);
            if (record.Message.Value is { } value && Parse(value) is { } warning)
            {
                Add(new SequencedWarning($"{record.Partition.Value}.{record.Offset.Value}", warning));
            }
        }
    }

    private static ChurnWarning? Parse(byte[] value)
    {
        try
        {
            return JsonSerializer.Deserialize<ChurnWarning>(value, PersonalizationJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [LoggerMessage(8100, LogLevel.Warning, "The churn warnings' topic cannot be read yet, trying again: {Reason}")]
    private partial void LogInterrupted(string reason);

    private sealed class Listening(WarningFeed feed, Action<SequencedWarning> listener) : IDisposable
    {
        public void Dispose()
        {
            lock (feed._lock)
            {
                feed._listeners.Remove(listener);
            }
        }
    }
}
