using Microsoft.Extensions.Options;

namespace Personalization.Churn;

/// <summary>Starts the cluster's sweepers when a silo has joined: in the background, and again until it worked.</summary>
internal sealed partial class ChurnSweeperStarter(IGrainFactory grains, TimeProvider time, IOptions<SweeperOptions> options, ILogger<ChurnSweeperStarter> logger)
    : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);
    private readonly TaskCompletionSource _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _running = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle)
    {
        if (options.Value.Enabled)
        {
            lifecycle.Subscribe(nameof(ChurnSweeperStarter), ServiceLifecycleStage.Active, OnStart, OnStop);
        }
    }

    private Task OnStart(CancellationToken cancellationToken)
    {
        _running = Task.Run(StartAllAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    private Task OnStop(CancellationToken cancellationToken)
    {
        _stop.TrySetResult();
        return _running.WaitAsync(cancellationToken);
    }

    private async Task StartAllAsync()
    {
        for (var bucket = 0; bucket < ChurnBuckets.Count && !_stop.Task.IsCompleted;)
        {
            try
            {
                await grains.GetGrain<IChurnSweeperGrain>(bucket).Start();
                bucket++;
            }
            catch (Exception e)
            {
                LogFailed(bucket, e);
                await Task.WhenAny(Task.Delay(Again, time), _stop.Task);
            }
        }
    }

    [LoggerMessage(2304, LogLevel.Warning, "The sweeper of bucket {Bucket} could not be started; it is tried again.")]
    private partial void LogFailed(int bucket, Exception exception);
}
