using Personalization.Items;

namespace Personalization.Trending;

/// <summary>
/// Counts what happens to items and finds what rises. The score is a smoothed Poisson z-value: (seen - expected) / sqrt(expected + smoothing),
/// expected being the rate of the time before the window. Without any time before it the order is by weight. Memory is bounded by
/// <see cref="TrendingOptions.MaxItems"/>. Not thread-safe: one grain owns it.
/// </summary>
/// <param name="options">Validated options.</param>
public sealed class TrendingCounter(TrendingOptions options)
{
    private const double Evicted = 0.1;
    private static readonly int LongestMinutes = (int)TrendingWindow.Longest.TotalMinutes;
    private readonly Dictionary<string, ItemHistory> _items = new(StringComparer.Ordinal);
    // More than any shop's minute; keeps sums of hostile counts finite.
    private const float HeaviestCount = 1e9f;
    private readonly int _minutesKept = (int)options.MinuteRetention.TotalMinutes;
    private readonly int _baseline = (int)options.Baseline.TotalMinutes;
    private readonly int _kept = LongestMinutes + (int)options.Baseline.TotalMinutes;
    private long _latest;
    private long _earliest = long.MaxValue;

    /// <summary>Items that are counted now.</summary>
    public int ItemCount => _items.Count;

    /// <summary>Adds counts; what is older than window and baseline can reach is dropped.</summary>
    /// <param name="counts">The counts.</param>
    public void Add(IEnumerable<ItemCount> counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        foreach (var count in counts)
        {
            Add(count);
        }
    }

    /// <summary>Items by how much they rise within the window against the time before it.</summary>
    /// <param name="count">How many at most.</param>
    /// <param name="window">At least a minute; longer than the retention of minutes it is rounded to hours; longer than <see cref="TrendingWindow.Longest"/> it is taken for that.</param>
    /// <param name="now">Shop time.</param>
    /// <returns>Best first; only items with any weight in the window.</returns>
    public ItemScore[] Top(int count, TimeSpan window, DateTimeOffset now)
    {
        var end = TrendingDelta.MinuteOf(now) + 1;
        var length = Math.Clamp((long)window.TotalMinutes, 1, LongestMinutes);
        var start = end - length;
        start = length > _minutesKept ? start / 60 * 60 : start;
        length = end - start;
        var before = Math.Min(_baseline, Math.Max(0, start - _earliest));
        var scores = new List<ItemScore>();
        foreach (var (itemId, history) in _items)
        {
            var seen = history.LastMinute >= start ? history.Sum(start, end) : 0;
            if (seen > 0)
            {
                var expected = before > 0 ? history.Sum(start - before, start) / before * length : 0;
                scores.Add(new ItemScore(itemId, (seen - expected) / Math.Sqrt(expected + options.Smoothing)));
            }
        }

        return [.. scores.OrderByDescending(score => score.Score).ThenBy(score => score.ItemId, StringComparer.Ordinal).Take(Math.Max(0, count))];
    }

    private void Add(ItemCount count)
    {
        if (!float.IsFinite(count.Weight) || count.Weight <= 0 || count.Minute < _latest - _kept)
        {
            return;
        }

        _latest = Math.Max(_latest, count.Minute);
        _earliest = Math.Max(Math.Min(_earliest, count.Minute), _latest - _kept);
        if (!_items.TryGetValue(count.ItemId, out var history))
        {
            MakeRoom();
            _items.Add(count.ItemId, history = new ItemHistory());
        }

        var firstMinute = _latest - _minutesKept;
        history.Age(firstMinute, (_latest - _kept) / 60);
        history.Add(count.Minute, Math.Min(count.Weight, HeaviestCount), firstMinute);
    }

    // A tenth at a time, so that a flood of new items costs one sort per tenth.
    private void MakeRoom()
    {
        if (_items.Count < options.MaxItems)
        {
            return;
        }

        var leaving = Math.Max(1, (int)(options.MaxItems * Evicted));
        foreach (var itemId in _items.OrderBy(pair => pair.Value.LastMinute).Take(leaving).Select(pair => pair.Key).ToArray())
        {
            _items.Remove(itemId);
        }
    }
}
