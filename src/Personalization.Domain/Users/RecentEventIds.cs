namespace Personalization.Users;

/// <summary>
/// The last event ids of one user, to drop what a producer sends twice. Kept as 40-bit hashes: two different ids among 128 are mistaken for one another
/// once in eight thousand million events. Not thread-safe.
/// </summary>
/// <param name="capacity">Ids that are remembered; 0 remembers none.</param>
public sealed class RecentEventIds(int capacity)
{
    /// <summary>The bits of a hash that are kept.</summary>
    internal const ulong Mask = 0xFF_FFFF_FFFF;
    private ulong[] _ring = [];
    private int _next;

    /// <summary>Ids that are remembered at most.</summary>
    public int Capacity { get; } = capacity;

    /// <summary>Ids remembered now.</summary>
    public int Count { get; private set; }

    /// <summary>Remembers an id.</summary>
    /// <param name="eventId">The id.</param>
    /// <returns>False: it is remembered already.</returns>
    public bool Add(string eventId) => Add(Hash(eventId));

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _ring = [];
        _next = Count = 0;
    }

    /// <summary>Makes room at once for ids that are about to be added.</summary>
    /// <param name="count">How many.</param>
    internal void Reserve(int count)
    {
        var size = Math.Min(Capacity, Count + count);
        if (size > _ring.Length)
        {
            Array.Resize(ref _ring, size);
        }
    }

    internal bool Add(ulong hash)
    {
        if (Capacity == 0)
        {
            return true;
        }

        if (_ring.AsSpan(0, Count).Contains(hash))
        {
            return false;
        }

        if (Count < Capacity)
        {
            if (Count == _ring.Length)
            {
                Array.Resize(ref _ring, Math.Min(Capacity, Math.Max(8, Count * 2)));
            }

            _ring[Count++] = hash;
            return true;
        }

        _ring[_next] = hash;
        _next = (_next + 1) % Capacity;
        return true;
    }

    /// <summary>The hashes, oldest first.</summary>
    internal IEnumerable<ulong> Hashes()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return _ring[(_next + i) % Count];
        }
    }

    // FNV-1a over the UTF-16 units, then MurmurHash3's finalizer so that the low bits depend on all of them.
    internal static ulong Hash(string eventId)
    {
        var hash = 14695981039346656037UL;
        foreach (var unit in eventId)
        {
            hash = (hash ^ unit) * 1099511628211UL;
        }

        hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCDUL;
        hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53UL;
        return (hash ^ (hash >> 33)) & Mask;
    }
}
