using Personalization.Client;
using Personalization.Events;
using Personalization.Replay;

namespace Personalization.Cli.Load;

/// <summary>
/// Open loop: trials start when they are due, whether or not earlier ones have ended, and latency counts from the moment a trial was due, so
/// that a slow server cannot hide its own queue.
/// </summary>
/// <param name="client">The gateway.</param>
/// <param name="options">What to do; valid.</param>
/// <param name="items">Items to click, most popular first; at least one.</param>
/// <param name="time">The clock.</param>
internal sealed class LoadRunner(IPersonalizationClient client, LoadOptions options, IReadOnlyList<string> items, TimeProvider time)
{
    private readonly Random _random = new(options.Seed);
    private readonly ZipfSampler _items = new(items.Count, options.ItemSkew);
    private readonly ZipfSampler? _users = options.Users > 0 ? new ZipfSampler(options.Users, options.UserSkew) : null;
    private readonly string _run = Guid.NewGuid().ToString("N")[..8];
    private long _done;

    /// <summary>Runs all trials.</summary>
    /// <param name="progress">Told the number of trials that are over: finished, or refused because too many were open.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>What was measured.</returns>
    public async Task<LoadReport> RunAsync(IProgress<long> progress, CancellationToken cancellationToken)
    {
        var shopStart = (await client.GetClusterAsync(cancellationToken)).ShopTime;
        var clock = new LoadClock(time);
        var recorder = new LoadRecorder();
        var steps = new LoadSteps(client, options, clock, shopStart, recorder);
        var warmUp = new LoadSteps(client, options, clock, shopStart, new LoadRecorder());
        var measuredFrom = await new OpenLoop(options, clock, new Random(options.Seed + 1)).RunAsync(
            (index, measured, due) => OneAsync(measured ? steps : warmUp, NewUser(index), clock, due, progress, cancellationToken),
            measured =>
            {
                (measured ? steps : warmUp).Recorder.Fail(LoadRecorder.TooManyOpen);
                progress.Report(Interlocked.Increment(ref _done));
            },
            cancellationToken);
        return recorder.Report(options, clock.Elapsed - measuredFrom);
    }

    private async Task OneAsync(LoadSteps steps, string user, LoadClock clock, TimeSpan due, IProgress<long> progress, CancellationToken cancellationToken)
    {
        try
        {
            await (options.Scenario switch
            {
                LoadScenario.Click => Trial(NewItem(), item => steps.ClickAsync(user, item, EventType.Click, cancellationToken)),
                LoadScenario.Rank => Trial(NewItems(), list => steps.RankAsync(user, list, cancellationToken)),
                LoadScenario.Visit => new Visit(steps, options, clock, user, items, new Random(_random.Next())).RunAsync(due, cancellationToken),
                _ => Trial(user, shopper => steps.ShelfAsync(shopper, null, cancellationToken)),
            });
        }
        finally
        {
            progress.Report(Interlocked.Increment(ref _done));
        }

        Task Trial<T>(T argument, Func<T, Task> body) => steps.TrialAsync(due, () => body(argument), cancellationToken);
    }

    private string NewUser(long index) => _users is null ? $"load-{_run}-{index}" : $"load-user-{_users.Next(_random)}";

    private string NewItem() => items[_items.Next(_random)];

    private string[] NewItems() => [.. Enumerable.Range(0, options.RankItems).Select(_ => NewItem()).Distinct(StringComparer.Ordinal)];
}
