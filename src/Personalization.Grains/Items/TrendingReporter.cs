using Personalization.Users;

namespace Personalization.Items;

/// <summary>Adds up what users of this silo did to items and tells the cluster's counter once a second.</summary>
internal sealed partial class TrendingReporter(IGrainFactory grains, TimeProvider time, ILogger<TrendingReporter> logger) : ILifecycleParticipant<ISiloLifecycle>, IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private Dictionary<(string Item, long Minute), float> _counts = [];
    private Task _running = Task.CompletedTask;

    /// <summary>Counts what was applied.</summary>
    /// <param name="events">New events of one user.</param>
    public void Add(List<StoredEvent> events)
    {
        lock (_lock)
        {
            foreach (var item in events)
            {
                var weight = TrendingWeights.Of(item.Type);
                if (weight > 0)
                {
                    var key = (item.ItemId, item.Timestamp.ToUnixTimeSeconds() / 60);
                    _counts[key] = _counts.GetValueOrDefault(key) + weight;
                }
            }
        }
    }

    /// <summary>Tells the counter what was counted since the last time.</summary>
    /// <returns>Completes when it is told; what could not be told is told the next time.</returns>
    public async Task ReportAsync()
    {
        var counts = Take();
        if (counts.Count == 0)
        {
            return;
        }

        try
        {
            await grains.GetGrain<ITrendingGrain>(0).Report([.. counts.Select(c => new ItemCount(c.Key.Item, c.Key.Minute, c.Value))]);
        }
        catch (Exception e)
        {
            LogFailed(e);
            GiveBack(counts);
        }
    }

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(TrendingReporter),
        ServiceLifecycleStage.Active,
        _ =>
        {
            _running = Task.Run(RunAsync, CancellationToken.None);
            return Task.CompletedTask;
        },
        async _ =>
        {
            await _stop.CancelAsync();
            await _running;
        });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            using var timer = new PeriodicTimer(Period, time);
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                await ReportAsync();
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }
    }

    private Dictionary<(string Item, long Minute), float> Take()
    {
        lock (_lock)
        {
            var counts = _counts;
            _counts = [];
            return counts;
        }
    }

    private void GiveBack(Dictionary<(string Item, long Minute), float> counts)
    {
        lock (_lock)
        {
            // Bounded: while the counter is away only the newest matter.
            if (_counts.Count < 100_000)
            {
                foreach (var (key, weight) in counts)
                {
                    _counts[key] = _counts.GetValueOrDefault(key) + weight;
                }
            }
        }
    }

    [LoggerMessage(2201, LogLevel.Warning, "What rises could not be reported; it is told with the next report.")]
    private partial void LogFailed(Exception exception);
}
