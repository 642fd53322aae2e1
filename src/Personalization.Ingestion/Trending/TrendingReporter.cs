using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Events;
using Personalization.Items;
using Personalization.Trending;

namespace Personalization.Ingestion;

/// <summary>Sums up what was done to items on this silo and tells the cluster's one counter once a second.</summary>
internal sealed partial class TrendingReporter(
    IGrainFactory grains,
    IOptions<TrendingOptions> options,
    TimeProvider time,
    ILogger<TrendingReporter> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private readonly TrendingDelta _delta = new(options.Value);

    /// <summary>Counts events that were applied. Thread-safe.</summary>
    /// <param name="events">A batch, offsets rising.</param>
    /// <param name="result">What became of it. Of a batch that was applied in part the last ones count: what was seen before comes first.</param>
    public void Add(ReadOnlySpan<PositionedEvent> events, AppendResult result)
    {
        foreach (ref readonly var item in events[^Math.Min(result.Applied, events.Length)..])
        {
            _delta.Add(item.Event);
        }
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await ReportAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await ReportAsync(stoppingToken);
        }
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        var counts = _delta.Drain();
        if (counts.Length == 0)
        {
            return;
        }

        try
        {
            await grains.GetGrain<ITrendingGrain>(0).Report(counts).AsTask().WaitAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            _delta.Restore(counts);
            LogReportFailed(exception);
        }
    }

    [LoggerMessage(EventId = 4090, Level = LogLevel.Debug, Message = "Counts could not be reported and go with the next report")]
    private partial void LogReportFailed(Exception exception);
}
