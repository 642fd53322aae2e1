using Personalization.Client;
using Personalization.Events;
using Personalization.Recommendations;

namespace Personalization.Cli.Load;

/// <summary>
/// Open loop: trials start when they are due, whether or not earlier ones have ended, and latency counts from the moment a trial was due, so
/// that a slow server cannot hide its own queue.
/// </summary>
/// <param name="client">The gateway.</param>
/// <param name="options">What to do.</param>
/// <param name="time">The clock.</param>
internal sealed class LoadRunner(HttpClient client, LoadOptions options, TimeProvider time)
{
    private const int KnownItems = 100;
    private readonly HttpPersonalizationClient _api = new(client);

    /// <summary>Runs all trials.</summary>
    /// <param name="progress">Told the number of finished trials.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>What was measured.</returns>
    public async Task<LoadReport> RunAsync(IProgress<int> progress, CancellationToken cancellationToken)
    {
        var items = (await _api.TrendingAsync(KnownItems, TimeSpan.FromDays(7), null, cancellationToken)).Items.Select(item => item.ItemId).ToArray();
        if (items.Length == 0)
        {
            throw new InvalidOperationException("The shop has no items yet.");
        }

        // Under a replay the shop lives in the past: its own clock dates the clicks.
        var shopTime = (await _api.GetClusterAsync(cancellationToken)).ShopTime;
        var report = new LoadReport();
        var random = new Random(options.Seed);
        var users = options.Users > 0 ? new Zipf(options.Users, options.Zipf) : null;
        var run = Guid.NewGuid().ToString("N")[..8];
        var start = time.GetTimestamp();
        var pending = new List<Task>();
        var done = 0;
        for (var i = 0; i < options.WarmUp + options.Trials; i++)
        {
            var due = TimeSpan.FromSeconds(i / options.Rate);
            var wait = due - time.GetElapsedTime(start);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time, cancellationToken);
            }

            var user = users is null ? $"load-{run}-{i}" : $"load-user-{users.Next(random)}";
            pending.Add(TrialAsync(user, items[random.Next(items.Length)], i >= options.WarmUp));
            if (pending.Count > 1_000)
            {
                pending.RemoveAll(task => task.IsCompletedSuccessfully);
            }

            async Task TrialAsync(string userId, string itemId, bool measured)
            {
                await OneAsync(userId, itemId, shopTime, start, due, measured ? report : new LoadReport(), cancellationToken);
                progress.Report(Interlocked.Increment(ref done));
            }
        }

        await Task.WhenAll(pending);
        return report;
    }

    private async Task OneAsync(string user, string item, DateTimeOffset shopTime, long start, TimeSpan due, LoadReport report, CancellationToken cancellationToken)
    {
        try
        {
            var began = time.GetElapsedTime(start);
            string? version = null;
            TimeSpan? click = null;
            if (string.Equals(options.Scenario, "click", StringComparison.Ordinal))
            {
                version = await _api.TrackAsync(
                    new BehaviorEvent { EventId = Guid.NewGuid().ToString("N"), UserId = user, ItemId = item, Type = EventType.Click, Timestamp = shopTime },
                    cancellationToken);
                click = time.GetElapsedTime(start) - began;
            }

            var asked = time.GetElapsedTime(start);
            var shelf = await _api.RecommendAsync(user, new RecommendationRequest { MinVersion = version, Timeout = TimeSpan.FromSeconds(2) }, cancellationToken);
            var end = time.GetElapsedTime(start);
            report.Add(end - due, click, end - asked, version is not null && IsStale(shelf, version));
            report.Sources.AddOrUpdate(shelf.Source.ToString(), 1, (_, count) => count + 1);
        }
        catch (Exception exception) when (exception is HttpRequestException or PersonalizationApiException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            var kind = exception is PersonalizationApiException api ? $"HTTP {(int)api.Status}" : exception.GetType().Name;
            report.Errors.AddOrUpdate(kind, 1, (_, count) => count + 1);
        }
    }

    private static bool IsStale(RecommendationResponse shelf, string version) =>
        shelf.Stale
        || !StreamPosition.TryParse(version, out var wanted)
        || !StreamPosition.TryParse(shelf.Version, out var had)
        || (had.Epoch == wanted.Epoch && had.Partition == wanted.Partition && had.Offset < wanted.Offset);
}
