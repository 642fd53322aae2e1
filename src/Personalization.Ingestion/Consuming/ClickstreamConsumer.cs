using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Users;

namespace Personalization.Ingestion;

/// <summary>Reads the clickstream as long as the silo runs and gives every event to its user's grain, at least once and in order.</summary>
internal sealed partial class ClickstreamConsumer : BackgroundService, IStreamReader
{
    private readonly IngestionOptions _options;
    private readonly KafkaClients _clients;
    private readonly TopicProvisioner _topics;
    private readonly TopicEpochs _epochs;
    private readonly LogEnds _ends;
    private readonly RecordIntake _intake;
    private readonly PartitionServices _services;
    private readonly TimeProvider _time;
    private readonly ILogger<ClickstreamConsumer> _logger;
    private volatile Assignment _assignment;

    public ClickstreamConsumer(
        IOptions<IngestionOptions> options,
        KafkaClients clients,
        TopicProvisioner topics,
        TopicEpochs epochs,
        LogEnds ends,
        RecordIntake intake,
        PartitionServices services,
        TimeProvider time,
        ILogger<ClickstreamConsumer> logger)
    {
        _options = options.Value;
        (_clients, _topics, _epochs, _ends, _intake, _services, _time, _logger) = (clients, topics, epochs, ends, intake, services, time, logger);
        _assignment = NewAssignment();
        services.Instruments.Observe(
            () => StreamLag.Measure(_assignment),
            () => services.Budget.Events,
            () => _assignment.Sessions.Count(static session => session.IsHeld));
    }

    /// <summary>The current consumer's partitions.</summary>
    internal Assignment Assignment => _assignment;

    /// <inheritdoc/>
    public IReadOnlyCollection<int> Partitions => [.. _assignment.Sessions.Select(session => session.Partition)];

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _services.Instruments.BeginAtZero();
        await _topics.EnsureAsync(stoppingToken);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() => RunThread(done, stoppingToken)) { IsBackground = true, Name = "clickstream" };
        thread.Start();
        var watch = _epochs.WatchAsync(stoppingToken);
        await done.Task;
        await watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void RunThread(TaskCompletionSource done, CancellationToken stopping)
    {
        var backoff = NewBackoff();
        while (!stopping.IsCancellationRequested)
        {
            var started = _time.GetTimestamp();
            try
            {
                _assignment = NewAssignment();
                var lag = new StreamLag(_options, _assignment, _ends, _time);
                new ConsumeLoop(_options, _clients, _assignment, lag, _services.Budget, _intake, _time, _logger).Run(stopping);
            }
            catch (Exception exception)
            {
                LogConsumerFailed(exception);
                backoff = _time.GetElapsedTime(started) > _options.MaxRetryDelay ? NewBackoff() : backoff;
                stopping.WaitHandle.WaitOne(backoff.Next());
            }
        }

        done.SetResult();
    }

    private Backoff NewBackoff() => new(_options.RetryDelay, _options.MaxRetryDelay);

    private Assignment NewAssignment() => new(_options, _epochs, _ends, _services, _time, _logger);

    [LoggerMessage(EventId = 4070, Level = LogLevel.Error, Message = "The consumer failed and is replaced")]
    private partial void LogConsumerFailed(Exception exception);
}
