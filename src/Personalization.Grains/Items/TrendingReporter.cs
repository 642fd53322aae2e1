using Personalization.Events;
using Personalization.Trending;

namespace Personalization.Items;

/// <summary>Adds up what users of this silo did to items and tells the cluster's counter once a second. Keeps the silo's copy of what rises fresh.</summary>
internal sealed partial class TrendingReporter(IGrainFactory grains, TrendingDelta delta, TrendingCache cache, TimeProvider time, ILogger<TrendingReporter> logger)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private PeriodicTimer? _timer;
    private Task _running = Task.CompletedTask;

    /// <summary>Counts what was stored.</summary>
    /// <param name="events">New events of one user.</param>
    public void Add(IReadOnlyList<BehaviorEvent> events) => delta.Add(events);

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(TrendingReporter),
        ServiceLifecycleStage.Active,
        _ =>
        {
            _timer = new PeriodicTimer(Period, time);
            _running = Task.Run(() => RunAsync(_timer), CancellationToken.None);
            return Task.CompletedTask;
        },
        async _ =>
        {
            Dispose();
            await _running;
        });

    public void Dispose() => _timer?.Dispose();

    private async Task RunAsync(PeriodicTimer timer)
    {
        var renewed = 0L;
        while (await timer.WaitForNextTickAsync())
        {
            await ReportAsync();
            if (renewed == 0 || time.GetElapsedTime(renewed) >= TrendingCache.MaxAge)
            {
                renewed = time.GetTimestamp();
                cache.Current(TrendingCache.DefaultWindow);
            }
        }
    }

    private async Task ReportAsync()
    {
        var counts = delta.Drain();
        if (counts.Length == 0)
        {
            return;
        }

        try
        {
            await grains.GetGrain<ITrendingGrain>(0).Report(counts);
        }
        catch (Exception e)
        {
            LogFailed(e);
            delta.Restore(counts);
        }
    }

    [LoggerMessage(2201, LogLevel.Warning, "What rises could not be reported; it is told with the next report.")]
    private partial void LogFailed(Exception exception);
}
