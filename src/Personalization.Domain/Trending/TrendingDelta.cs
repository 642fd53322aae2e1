using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Personalization.Events;
using Personalization.Items;

namespace Personalization.Trending;

/// <summary>Sums up one silo's events per item and minute between two reports. Thread-safe; memory is bounded.</summary>
/// <param name="options">Validated options.</param>
public sealed class TrendingDelta(TrendingOptions options)
{
    private readonly Lock _lock = new();
    private Dictionary<(string ItemId, long Minute), float> _weights = [];
    private long _dropped;

    /// <summary>Item-minutes that found no room since the start.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Counts events.</summary>
    /// <param name="events">The events.</param>
    public void Add(IReadOnlyList<BehaviorEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        lock (_lock)
        {
            for (var i = 0; i < events.Count; i++)
            {
                var weight = (float)options.WeightOf(events[i].Type);
                if (weight > 0)
                {
                    Add((events[i].ItemId, MinuteOf(events[i].Timestamp)), weight);
                }
            }
        }
    }

    /// <summary>Takes everything counted since the last call. What a report fails to deliver may be given back with <see cref="Restore"/>.</summary>
    /// <returns>Each item-minute once.</returns>
    public ItemCount[] Drain()
    {
        Dictionary<(string ItemId, long Minute), float> taken;
        lock (_lock)
        {
            // The next table begins as large as this one was, so that it does not grow step by step each second.
            taken = _weights;
            _weights = new(taken.Count);
        }

        return [.. taken.Select(pair => new ItemCount(pair.Key.ItemId, pair.Key.Minute, pair.Value))];
    }

    /// <summary>Gives drained counts back.</summary>
    /// <param name="counts">What <see cref="Drain"/> returned.</param>
    public void Restore(IEnumerable<ItemCount> counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        lock (_lock)
        {
            foreach (var count in counts)
            {
                Add((count.ItemId, count.Minute), count.Weight);
            }
        }
    }

    internal static long MinuteOf(DateTimeOffset time) => time.ToUnixTimeSeconds() / 60;

    private void Add((string ItemId, long Minute) key, float weight)
    {
        ref var sum = ref CollectionsMarshal.GetValueRefOrNullRef(_weights, key);
        if (!Unsafe.IsNullRef(ref sum))
        {
            sum += weight;
        }
        else if (_weights.Count < options.MaxPending)
        {
            _weights.Add(key, weight);
        }
        else
        {
            Interlocked.Increment(ref _dropped);
        }
    }
}
