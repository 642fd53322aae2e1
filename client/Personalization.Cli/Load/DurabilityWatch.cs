using Personalization.Events;

namespace Personalization.Cli.Load;

/// <summary>
/// Asks for the committed offsets again and again: a silo commits an offset only when every event before it is durable, so the first answer beyond
/// an event bounds from above the time at which it was. The silos' commit interval is part of what is measured. Thread-safe.
/// </summary>
/// <param name="committed">Reads the committed offset of each partition.</param>
/// <param name="durable">Told when an event was due that is durable now.</param>
/// <param name="time">The clock.</param>
internal sealed class DurabilityWatch(Func<CancellationToken, Task<long[]>> committed, Action<TimeSpan> durable, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private readonly Lock _lock = new();
    private readonly Dictionary<int, Queue<(long Offset, TimeSpan Due)>> _open = [];

    /// <summary>Events that are not yet known to be durable.</summary>
    public int Open
    {
        get
        {
            lock (_lock)
            {
                return _open.Values.Sum(queue => queue.Count);
            }
        }
    }

    /// <summary>Watches an event.</summary>
    /// <param name="position">Its place.</param>
    /// <param name="due">When it was due.</param>
    public void Add(StreamPosition position, TimeSpan due)
    {
        lock (_lock)
        {
            if (!_open.TryGetValue(position.Partition, out var queue))
            {
                _open[position.Partition] = queue = new Queue<(long, TimeSpan)>();
            }

            queue.Enqueue((position.Offset, due));
        }
    }

    /// <summary>Asks until it is stopped.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            Settle(await committed(cancellationToken));
            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    private void Settle(long[] offsets)
    {
        lock (_lock)
        {
            foreach (var (partition, queue) in _open)
            {
                // Acknowledgements may come in another order than offsets: what is behind waits for one round more.
                while (partition < offsets.Length && queue.TryPeek(out var first) && first.Offset < offsets[partition])
                {
                    durable(queue.Dequeue().Due);
                }
            }
        }
    }
}
