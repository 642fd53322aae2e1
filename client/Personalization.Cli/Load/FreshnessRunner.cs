using Personalization.Client;
using Personalization.Events;

namespace Personalization.Cli.Load;

/// <summary>
/// How soon an event that was produced to Kafka is in the user's shelf, and how soon it is durable, both from the moment it was due. Open loop.
/// </summary>
/// <param name="client">The gateway.</param>
/// <param name="options">Rate and number of the measured events.</param>
/// <param name="items">Items of the events; at least one.</param>
/// <param name="stream">Kafka.</param>
/// <param name="time">The clock.</param>
internal sealed class FreshnessRunner(IPersonalizationClient client, LoadOptions options, IReadOnlyList<string> items, IFreshnessStream stream, TimeProvider time)
{
    /// <summary>The part that ends when an event is durable.</summary>
    public const string Durable = "durable";

    private static readonly TimeSpan DurableTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DurablePause = TimeSpan.FromMilliseconds(20);
    private readonly string _run = Guid.NewGuid().ToString("N")[..8];

    /// <summary>Runs all trials beside the background stream.</summary>
    /// <param name="progress">Told the number of trials that are over: finished, or refused because too many were open.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>What was measured.</returns>
    public async Task<LoadReport> RunAsync(IProgress<long> progress, CancellationToken cancellationToken)
    {
        var shopStart = (await client.GetClusterAsync(cancellationToken)).ShopTime;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var clock = new LoadClock(time);
        var recorder = new LoadRecorder();
        var steps = new LoadSteps(client, options, clock, shopStart, recorder);
        var watch = new DurabilityWatch(stream.CommittedAsync, due => recorder.Add(Durable, clock.Elapsed - due), time);
        var background = stream.RunBackgroundAsync(() => shopStart + clock.Elapsed, stop.Token);
        var watching = watch.RunAsync(stop.Token);
        var trials = MeasureAsync(steps, watch, clock, shopStart, progress, stop.Token);
        var seconds = TimeSpan.Zero;
        try
        {
            // Without the background or the watch a measurement means nothing: their failure ends it.
            await await Task.WhenAny(trials, background, watching);
            seconds = await trials;
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(trials, background, watching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        for (var left = watch.Open; left > 0; left--)
        {
            recorder.Fail("not_durable");
        }

        return recorder.Report(options, seconds);
    }

    private async Task<TimeSpan> MeasureAsync(LoadSteps steps, DurabilityWatch watch, LoadClock clock, DateTimeOffset shopStart, IProgress<long> progress, CancellationToken cancellationToken)
    {
        var random = new Random(options.Seed + 1);
        var silent = new LoadSteps(client, options, clock, shopStart, new LoadRecorder());
        var done = 0L;
        var measuredFrom = await new OpenLoop(options, clock, new Random(options.Seed)).RunAsync(
            (index, measured, due) => OneAsync(measured ? steps : silent, measured ? watch : null, $"fresh-{_run}-{index}", items[random.Next(items.Count)], due),
            measured =>
            {
                (measured ? steps : silent).Recorder.Fail(LoadRecorder.TooManyOpen);
                progress.Report(Interlocked.Increment(ref done));
            },
            cancellationToken);
        var ended = clock.Elapsed;
        while (watch.Open > 0 && clock.Elapsed - ended < DurableTimeout)
        {
            await Task.Delay(DurablePause, time, cancellationToken);
        }

        return ended - measuredFrom;

        async Task OneAsync(LoadSteps with, DurabilityWatch? durability, string user, string item, TimeSpan due)
        {
            var click = new BehaviorEvent { EventId = user, UserId = user, ItemId = item, Type = EventType.Click, Timestamp = shopStart + due };
            await with.TrialAsync(
                due,
                async () =>
                {
                    var position = await stream.SendAsync(click, cancellationToken);
                    durability?.Add(position, due);
                    with.Recorder.Add("acknowledged", clock.Elapsed - due);
                    await with.ShelfAsync(user, position.ToString(), cancellationToken);
                },
                cancellationToken);
            progress.Report(Interlocked.Increment(ref done));
        }
    }
}
