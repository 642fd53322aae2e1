using HdrHistogram;

namespace Personalization.Operations;

/// <summary>Counts and values of the last ten seconds, in one-second slots. Thread-safe.</summary>
/// <param name="time">The real clock.</param>
internal sealed class SlidingWindow(TimeProvider time)
{
    private const int Seconds = 10;
    private const long HighestMicroseconds = 60_000_000;
    private readonly Lock _lock = new();
    private readonly LongHistogram[] _slots = [.. Enumerable.Range(0, Seconds + 1).Select(_ => new LongHistogram(HighestMicroseconds, 2))];
    private readonly long[] _sums = new long[Seconds + 1];
    private readonly long[] _slotSecond = new long[Seconds + 1];
    private readonly long _start = time.GetTimestamp();

    /// <summary>Adds to the count of this second.</summary>
    /// <param name="count">How many.</param>
    public void Add(long count)
    {
        lock (_lock)
        {
            _sums[Slot(Now())] += count;
        }
    }

    /// <summary>Adds one measurement.</summary>
    /// <param name="seconds">The value in seconds.</param>
    public void Record(double seconds)
    {
        lock (_lock)
        {
            var slot = Slot(Now());
            _slots[slot].RecordValue(Math.Clamp((long)(seconds * 1e6), 1, HighestMicroseconds));
            _sums[slot]++;
        }
    }

    /// <summary>Counts per second over the whole seconds of the window.</summary>
    /// <returns>The rate.</returns>
    public double Rate()
    {
        lock (_lock)
        {
            var now = Now();
            long sum = 0;
            for (var i = 0; i < _sums.Length; i++)
            {
                sum += _slotSecond[i] < now && _slotSecond[i] >= now - Seconds ? _sums[i] : 0;
            }

            return sum / (double)Math.Clamp(now, 1, Seconds);
        }
    }

    /// <summary>The count of the window, this second included.</summary>
    /// <returns>The sum.</returns>
    public long Total()
    {
        lock (_lock)
        {
            var now = Now();
            return _sums.Where((_, i) => _slotSecond[i] >= now - Seconds).Sum();
        }
    }

    /// <summary>Percentiles of the window.</summary>
    /// <returns>In milliseconds.</returns>
    public LatencySummary Summary()
    {
        lock (_lock)
        {
            var now = Now();
            var all = new LongHistogram(HighestMicroseconds, 2);
            for (var i = 0; i < _slots.Length; i++)
            {
                if (_slotSecond[i] >= now - Seconds)
                {
                    all.Add(_slots[i]);
                }
            }

            return all.TotalCount == 0
                ? new LatencySummary(0, 0, 0, 0, 0)
                : new LatencySummary(all.TotalCount, Milliseconds(all, 50), Milliseconds(all, 90), Milliseconds(all, 99), Milliseconds(all, 100));
        }
    }

    private static double Milliseconds(LongHistogram histogram, double percentile) =>
        Math.Round(histogram.GetValueAtPercentile(percentile) / 1000.0, 3);

    private long Now() => (long)time.GetElapsedTime(_start).TotalSeconds;

    private int Slot(long second)
    {
        var slot = (int)(second % _sums.Length);
        if (_slotSecond[slot] != second)
        {
            _slotSecond[slot] = second;
            _sums[slot] = 0;
            _slots[slot].Reset();
        }

        return slot;
    }
}
