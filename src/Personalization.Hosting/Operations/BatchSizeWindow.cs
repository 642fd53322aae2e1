namespace Personalization.Operations;

/// <summary>Batch sizes of the last ten seconds by power of two.</summary>
/// <param name="time">The real clock.</param>
internal sealed class BatchSizeWindow(TimeProvider time)
{
    private static readonly int[] Bounds = [1, 2, 4, 8, 16, 32, 64];
    private readonly SlidingWindow[] _counts = [.. Bounds.Select(_ => new SlidingWindow(time))];

    /// <summary>Adds one batch.</summary>
    /// <param name="size">Its size.</param>
    public void Record(int size)
    {
        var index = Array.FindIndex(Bounds, bound => size <= bound);
        _counts[index < 0 ? ^1 : index].Add(1);
    }

    /// <summary>Batches per bound in the window.</summary>
    /// <returns>One entry a bound.</returns>
    public BatchSizeCount[] Counts() => [.. Bounds.Select((bound, i) => new BatchSizeCount(bound, _counts[i].Total()))];

    /// <summary>Batches per second.</summary>
    /// <returns>The rate.</returns>
    public double Rate() => _counts.Sum(count => count.Rate());
}
