namespace Personalization.Inference.Engine;

/// <summary>
/// Divides what waits into runs so that they take the least time in all: a run is one length class or several next to each other, padded to the
/// longest of them. The fixed part of a run is worth several rows, so few rows share one; many make one for each class. Dynamic programming over
/// the classes (after TurboTransformers, PPoPP 2021, which divides rows). For one thread at a time.
/// </summary>
/// <param name="cost">What runs take.</param>
/// <param name="maxBatch">Most rows of a run that several classes share.</param>
/// <param name="longestRun">Most that a run of more than one row may take, timestamp ticks.</param>
/// <param name="buckets">Number of length classes.</param>
internal sealed class RunPlan(RunCost cost, int maxBatch, long longestRun, int buckets)
{
    // For the classes below each: the least time for all that waits in them, and the first class of the last run of that.
    private readonly long[] _least = new long[buckets + 1];
    private readonly int[] _first = new int[buckets + 1];

    /// <summary>The run that a class is part of.</summary>
    /// <param name="bucket">The class; something waits in it.</param>
    /// <param name="lists">What waits in each class.</param>
    /// <returns>The first and the last class of the run; the last one has waiting rows.</returns>
    public (int First, int Last) RunWith(int bucket, JobList[] lists)
    {
        for (var end = 1; end <= buckets; end++)
        {
            _least[end] = _least[end - 1] + cost.OfBacklog(end - 1, lists[end - 1].Count, maxBatch, longestRun);
            _first[end] = end - 1;
            if (lists[end - 1].Count == 0)
            {
                continue;
            }

            var rows = lists[end - 1].Count;
            for (var first = end - 2; first >= 0 && (rows += lists[first].Count) <= maxBatch; first--)
            {
                var run = cost.Of(end - 1, rows);
                if (run <= longestRun && _least[first] + run < _least[end])
                {
                    (_least[end], _first[end]) = (_least[first] + run, first);
                }
            }
        }

        var last = buckets;
        while (_first[last] > bucket)
        {
            last = _first[last];
        }

        return (_first[last], last - 1);
    }
}
