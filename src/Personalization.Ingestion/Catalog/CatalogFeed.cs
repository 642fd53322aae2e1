using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Catalog;

namespace Personalization.Ingestion;

/// <summary>Keeps the silo's copy of the catalogue equal to topic <c>items</c> as long as the silo runs.</summary>
internal sealed partial class CatalogFeed(
    ItemCatalog catalog,
    IOptions<IngestionOptions> options,
    KafkaClients clients,
    TopicProvisioner topics,
    ITopicIdentity identity,
    IngestionInstruments instruments,
    TimeProvider time,
    ILogger<CatalogFeed> logger) : BackgroundService
{
    private readonly IngestionOptions _options = options.Value;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await topics.EnsureAsync(stoppingToken);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() => RunThread(done, stoppingToken)) { IsBackground = true, Name = "catalog feed" };
        thread.Start();
        await done.Task;
    }

    private void RunThread(TaskCompletionSource done, CancellationToken stopping)
    {
        var backoff = new Backoff(_options.RetryDelay, _options.MaxRetryDelay);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                using var reader = new CatalogReader(catalog, _options, clients, identity, instruments, time, logger);
                reader.Run(stopping);
                backoff = new Backoff(_options.RetryDelay, _options.MaxRetryDelay);
            }
            catch (Exception exception)
            {
                LogFeedFailed(_options.ItemsTopic, exception);
                stopping.WaitHandle.WaitOne(backoff.Next());
            }
        }

        done.SetResult();
    }

    [LoggerMessage(EventId = 4080, Level = LogLevel.Error, Message = "The catalogue feed from topic {Topic} failed and starts over")]
    private partial void LogFeedFailed(string topic, Exception exception);
}
