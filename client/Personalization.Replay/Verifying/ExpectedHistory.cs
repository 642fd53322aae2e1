using Personalization.Events;

namespace Personalization.Replay;

/// <summary>One user's expected events, oldest first, their sums, and the hashes of the latest event ids.</summary>
internal sealed class ExpectedHistory
{
    private readonly List<ExpectedRow> _rows = new(4);
    private ulong[] _ids = new ulong[4];
    private int _idCount;
    private int _oldestId;

    public int Count => _rows.Count;

    /// <summary>Sums over all events that had a place.</summary>
    public ExpectedTotals Totals { get; } = new();

    public ExpectedRow this[int index] => _rows[index];

    /// <summary>Remembers an event id; the oldest of a full window makes room.</summary>
    /// <param name="eventId">The id.</param>
    /// <param name="window">Ids that are remembered.</param>
    /// <returns>False: it is remembered already.</returns>
    public bool Remember(string eventId, int window)
    {
        var hash = Hash(eventId);
        if (_ids.AsSpan(0, _idCount).Contains(hash))
        {
            return false;
        }

        if (_idCount < window)
        {
            if (_idCount == _ids.Length)
            {
                Array.Resize(ref _ids, Math.Min(window, _idCount * 2));
            }

            _ids[_idCount++] = hash;
        }
        else if (window > 0)
        {
            _ids[_oldestId] = hash;
            _oldestId = (_oldestId + 1) % window;
        }

        return true;
    }

    /// <summary>
    /// Puts an event behind all that are not later. In a full history the oldest makes room, or the oldest impression where impressions would take more
    /// than a quarter; what was hidden stays while it takes no more than a quarter, and not longer than what undid it.
    /// </summary>
    /// <param name="row">The event.</param>
    /// <param name="capacity">Events it holds at most.</param>
    /// <returns>False: it would have been the one to go.</returns>
    public bool Insert(ExpectedRow row, int capacity)
    {
        var place = _rows.Count;
        while (place > 0 && _rows[place - 1].Milliseconds > row.Milliseconds)
        {
            place--;
        }

        _rows.Insert(place, row);
        if (_rows.Count > capacity)
        {
            var leaving = Leaving(capacity);
            _rows.RemoveAt(leaving);
            if (leaving == place)
            {
                return false;
            }
        }

        Totals.Add(row);
        return true;
    }

    private int Leaving(int capacity)
    {
        if (_rows.Count(row => row.Type == EventType.Impression) > Math.Max(1, capacity / 4))
        {
            return _rows.FindIndex(row => row.Type == EventType.Impression);
        }

        var staysHidden = _rows.Count(row => row.Type == EventType.Hide) <= capacity / 4;
        var oldest = _rows.FindIndex(row => !staysHidden || row.Type != EventType.Hide);
        return _rows[oldest].Type is EventType.AddToCart or EventType.Purchase ? _rows.FindIndex(row => row.Item == _rows[oldest].Item) : oldest;
    }

    // FNV-1a, 64 bits: among the ids of one window a false match is out of reach.
    private static ulong Hash(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var unit in text)
        {
            hash = (hash ^ unit) * 1099511628211UL;
        }

        return hash;
    }
}
