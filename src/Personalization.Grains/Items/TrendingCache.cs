namespace Personalization.Items;

/// <summary>
/// A silo's copy of what rises. Asks the cluster's counter at most once a second for each window and never keeps a recommendation waiting; the reporter has
/// it ask now and then, so that the first recommendation after a while is not made of what rose then. Callers choose windows freely; each is answered as the
/// next longer one of a few, or the longest, so that nobody makes the counter work more than that.
/// </summary>
internal sealed partial class TrendingCache(IGrainFactory grains, TimeProvider time, ILogger<TrendingCache> logger)
{
    /// <summary>Items that are asked for: enough to fill a filtered shelf.</summary>
    public const int Depth = 500;

    /// <summary>What "now" means where nobody says otherwise.</summary>
    public static readonly TimeSpan DefaultWindow = TimeSpan.FromHours(24);

    /// <summary>What is older than this is waited for by whoever may wait.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan[] Windows =
    [
        TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(30), TimeSpan.FromHours(1), TimeSpan.FromHours(3),
        TimeSpan.FromHours(6), TimeSpan.FromHours(12), DefaultWindow, TimeSpan.FromDays(3), TrendingWindow.Longest,
    ];

    private static readonly TimeSpan Age = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly Entry[] _entries = [.. Windows.Select(static window => new Entry(window))];

    /// <summary>What is known now; renewed in the background.</summary>
    /// <param name="window">Shop time.</param>
    /// <returns>Best first; empty before the first answer.</returns>
    public ItemScore[] Current(TimeSpan window)
    {
        var entry = EntryOf(window);
        _ = Renew(entry);
        return entry.Items;
    }

    /// <summary>What is known now; waits for the first answer, and where the last one is old.</summary>
    /// <param name="window">Shop time.</param>
    /// <returns>Best first.</returns>
    public async ValueTask<ItemScore[]> GetAsync(TimeSpan window)
    {
        var entry = EntryOf(window);
        var renewal = Renew(entry);
        if (Volatile.Read(ref entry.KnownAt) is var known && (known == 0 || time.GetElapsedTime(known) > MaxAge))
        {
            await renewal;
        }

        return entry.Items;
    }

    private Entry EntryOf(TimeSpan window)
    {
        var index = Array.BinarySearch(Windows, window);
        return _entries[Math.Min(index < 0 ? ~index : index, Windows.Length - 1)];
    }

    private Task Renew(Entry entry)
    {
        lock (entry)
        {
            if (!entry.Renewal.IsCompleted || (entry.AskedAt is { } asked && time.GetElapsedTime(asked) < Age))
            {
                return entry.Renewal;
            }

            entry.AskedAt = time.GetTimestamp();

            // Away from the caller's turn: a grain must not be kept by it.
            return entry.Renewal = Task.Run(() => RenewAsync(entry));
        }
    }

    private async Task RenewAsync(Entry entry)
    {
        try
        {
            entry.Items = await grains.GetGrain<ITrendingGrain>(0).Top(Depth, entry.Window).AsTask().WaitAsync(Patience, time);
            Volatile.Write(ref entry.KnownAt, time.GetTimestamp());
        }
        catch (Exception e)
        {
            LogFailed(e);
        }
    }

    [LoggerMessage(2200, LogLevel.Warning, "What rises could not be asked; the last known list goes on answering.")]
    private partial void LogFailed(Exception exception);

    private sealed class Entry(TimeSpan window)
    {
        public TimeSpan Window { get; } = window;

        public volatile ItemScore[] Items = [];

        /// <summary>Timestamp of the last answer; 0: none.</summary>
        public long KnownAt;

        public long? AskedAt { get; set; }

        public Task Renewal { get; set; } = Task.CompletedTask;
    }
}
