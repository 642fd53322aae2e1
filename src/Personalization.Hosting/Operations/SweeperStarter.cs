using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Personalization.Churn;

namespace Personalization.Operations;

/// <summary>Makes sure, from every silo, that the churn sweepers run; tries again until they do.</summary>
internal sealed partial class SweeperStarter(IGrainFactory grains, TimeProvider time, ILogger<SweeperStarter> logger) : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var bucket = 0; bucket < ChurnBuckets.Count && !stoppingToken.IsCancellationRequested;)
        {
            try
            {
                await grains.GetGrain<IChurnSweeperGrain>(bucket).Start();
                bucket++;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogNotStarted(exception, bucket);
                await Task.Delay(RetryDelay, time, stoppingToken);
            }
        }
    }

    [LoggerMessage(6000, LogLevel.Warning, "Churn sweeper {Bucket} could not be started yet")]
    private partial void LogNotStarted(Exception exception, int bucket);
}
