using Personalization.Events;

namespace Personalization.Users;

/// <summary>
/// How far each stream of one user is applied: the highest offset per (epoch, partition), the last touched one first. One entry as a rule; more where
/// the topic grew, was recreated or a producer keyed badly. Only the newest entries are kept. Not thread-safe.
/// </summary>
public sealed class UserPositions
{
    /// <summary>Entries that are kept.</summary>
    public const int MaxEntries = 8;

    private readonly List<StreamPosition> _entries = [];

    /// <summary>The entries, the last touched one first.</summary>
    public IReadOnlyList<StreamPosition> Entries => _entries;

    /// <summary>The last applied place, or null when nothing was applied yet.</summary>
    public StreamPosition? Last => _entries.Count == 0 ? null : _entries[0];

    /// <summary>Whether everything up to a place is applied.</summary>
    /// <param name="position">The place.</param>
    /// <returns>False as well for a stream that is not known.</returns>
    public bool Covers(StreamPosition position) => Find(position) is >= 0 and var index && _entries[index].Offset >= position.Offset;

    /// <summary>Moves a stream on.</summary>
    /// <param name="position">The place that is applied now.</param>
    /// <returns>False: it was covered before and nothing changed.</returns>
    public bool Advance(StreamPosition position)
    {
        var index = Find(position);
        if (index >= 0)
        {
            if (_entries[index].Offset >= position.Offset)
            {
                return false;
            }

            _entries.RemoveAt(index);
        }
        else if (_entries.Count == MaxEntries)
        {
            _entries.RemoveAt(MaxEntries - 1);
        }

        _entries.Insert(0, position);
        return true;
    }

    /// <summary>Adds a stream that was touched before all that are there, as they are read from storage.</summary>
    /// <param name="position">The place that is applied.</param>
    internal void AddOldest(StreamPosition position)
    {
        if (_entries.Count < MaxEntries && Find(position) < 0)
        {
            // One stream is the rule, and a list would begin with room for four.
            if (_entries.Count == 0)
            {
                _entries.Capacity = 1;
            }

            _entries.Add(position);
        }
    }

    private int Find(StreamPosition position)
    {
        for (var i = 0; i < _entries.Count; i++)
        {
            if (_entries[i].Partition == position.Partition && string.Equals(_entries[i].Epoch, position.Epoch, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return -1;
    }
}
