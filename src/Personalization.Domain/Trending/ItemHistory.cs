namespace Personalization.Trending;

/// <summary>One item's weights: per minute for the near past, per hour before.</summary>
internal sealed class ItemHistory
{
    private const int MinutesPerHour = 60;
    private readonly SortedList<long, float> _minutes = [];
    private readonly SortedList<long, float> _hours = [];

    public long LastMinute { get; private set; } = long.MinValue;

    public int Buckets => _minutes.Count + _hours.Count;

    public void Add(long minute, float weight, long firstMinute)
    {
        LastMinute = Math.Max(LastMinute, minute);
        if (minute >= firstMinute)
        {
            AddTo(_minutes, minute, weight);
        }
        else
        {
            AddTo(_hours, minute / MinutesPerHour, weight);
        }
    }

    /// <summary>Folds old minutes into hours and forgets old hours.</summary>
    public void Age(long firstMinute, long firstHour)
    {
        while (_minutes.Count > 0 && _minutes.GetKeyAtIndex(0) < firstMinute)
        {
            AddTo(_hours, _minutes.GetKeyAtIndex(0) / MinutesPerHour, _minutes.GetValueAtIndex(0));
            _minutes.RemoveAt(0);
        }

        while (_hours.Count > 0 && _hours.GetKeyAtIndex(0) < firstHour)
        {
            _hours.RemoveAt(0);
        }
    }

    /// <summary>Weight from one minute up to but not including another; an hour counts where it starts.</summary>
    public double Sum(long fromMinute, long toMinute)
    {
        var sum = 0.0;
        for (var i = _minutes.Count - 1; i >= 0 && _minutes.GetKeyAtIndex(i) >= fromMinute; i--)
        {
            sum += _minutes.GetKeyAtIndex(i) < toMinute ? _minutes.GetValueAtIndex(i) : 0;
        }

        for (var i = _hours.Count - 1; i >= 0 && _hours.GetKeyAtIndex(i) * MinutesPerHour >= fromMinute; i--)
        {
            sum += _hours.GetKeyAtIndex(i) * MinutesPerHour < toMinute ? _hours.GetValueAtIndex(i) : 0;
        }

        return sum;
    }

    private static void AddTo(SortedList<long, float> buckets, long key, float weight) =>
        buckets[key] = buckets.GetValueOrDefault(key) + weight;
}
