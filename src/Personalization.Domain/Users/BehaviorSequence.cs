using System.Collections;
using Personalization.Events;

namespace Personalization.Users;

/// <summary>
/// The newest events of one shopper, oldest first: by event time, then by place in the stream. A ring of bounded size: appending and dropping
/// the oldest cost the same however long it is. Not thread-safe.
/// </summary>
/// <remarks>
/// A shelf of twenty impressions follows a single click, so impressions may take at most a quarter of a full ring: beyond that the oldest
/// impression makes room first, and what the shopper did stays. What the shopper hid is to stay hidden however much happens after it, so up to a quarter of the
/// ring is kept for the newest hides; one that the shopper put into the cart or bought later goes before that.
/// </remarks>
public sealed class BehaviorSequence : IReadOnlyList<StoredEvent>
{
    private const int FirstSize = 8;
    private StoredEvent[] _ring = [];
    private int _start;
    private int _impressions;
    private int _hides;
    private bool _isShared;

    /// <summary>Makes an empty sequence.</summary>
    /// <param name="capacity">Events it holds at most, at least 1.</param>
    public BehaviorSequence(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        Capacity = capacity;
    }

    /// <summary>Events it holds at most.</summary>
    public int Capacity { get; }

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <summary>The newest event, or null.</summary>
    public StoredEvent? Newest => Count == 0 ? null : this[Count - 1];

    /// <inheritdoc/>
    public StoredEvent this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            return Slot(index);
        }
    }

    /// <summary>Puts an event in its place; when the ring is full one makes room, as a rule the oldest.</summary>
    /// <param name="item">The event.</param>
    /// <returns>False: that would be the event itself, for it is older than what it could replace.</returns>
    public bool Add(StoredEvent item)
    {
        var index = PlaceOf(item);
        if (Count == Capacity)
        {
            var victim = Victim(item, index);
            if (victim == index)
            {
                return false;
            }

            RemoveAt(victim < index ? victim : victim - 1);
            index -= victim < index ? 1 : 0;
        }

        InsertAt(index, item);
        return true;
    }

    /// <summary>Makes room at once for events that are about to be added.</summary>
    /// <param name="count">How many.</param>
    internal void Reserve(int count)
    {
        var size = Math.Min(Capacity, Count + count);
        if (size > _ring.Length)
        {
            Resize(size);
        }
    }

    /// <summary>All events as they are now, oldest first. Nobody changes them any more, and who gets them must not either: a full ring is given as it is.</summary>
    /// <returns>The events.</returns>
    public StoredEvent[] Snapshot()
    {
        if (_start != 0 || Count != _ring.Length)
        {
            Resize(Count);
        }

        // Full, so whatever is added next goes to another ring.
        _isShared = true;
        return _ring;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _ring = [];
        _start = Count = _impressions = _hides = 0;
        _isShared = false;
    }

    /// <inheritdoc/>
    public IEnumerator<StoredEvent> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return Slot(i);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The order of a sequence: event time, then place in the stream.</summary>
    /// <param name="left">One event.</param>
    /// <param name="right">Another.</param>
    /// <returns>Less than, equal to or more than 0.</returns>
    public static int Compare(in StoredEvent left, in StoredEvent right)
    {
        var order = left.Timestamp.CompareTo(right.Timestamp);
        order = order != 0 ? order : string.CompareOrdinal(left.Position.Epoch, right.Position.Epoch);
        order = order != 0 ? order : left.Position.Partition.CompareTo(right.Position.Partition);
        return order != 0 ? order : left.Position.Offset.CompareTo(right.Position.Offset);
    }

    private int PlaceOf(in StoredEvent item)
    {
        // Nearly every event is the newest: look from the end.
        var index = Count;
        while (index > 0 && Compare(Slot(index - 1), item) > 0)
        {
            index--;
        }

        return index;
    }

    // Which one makes room, of those that are there and the one that comes, counted as if it had its place already.
    private int Victim(in StoredEvent incoming, int place)
    {
        var victim = 0;
        if (_impressions + (incoming.Type == EventType.Impression ? 1 : 0) > Math.Max(1, Capacity / 4))
        {
            while (At(victim, incoming, place).Type != EventType.Impression)
            {
                victim++;
            }

            return victim;
        }

        var keepsHides = _hides + (incoming.Type == EventType.Hide ? 1 : 0) <= Capacity / 4;
        while (keepsHides && At(victim, incoming, place).Type == EventType.Hide)
        {
            victim++;
        }

        return At(victim, incoming, place).Type is EventType.AddToCart or EventType.Purchase ? HideBefore(victim, incoming, place) : victim;
    }

    // A hide must not outlive what undid it: then the item would be hidden again.
    private int HideBefore(int undoing, in StoredEvent incoming, int place)
    {
        for (var i = 0; i < undoing; i++)
        {
            if (string.Equals(At(i, incoming, place).ItemId, At(undoing, incoming, place).ItemId, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return undoing;
    }

    private ref readonly StoredEvent At(int index, in StoredEvent incoming, int place)
    {
        if (index == place)
        {
            return ref incoming;
        }

        return ref Slot(index < place ? index : index - 1);
    }

    private void InsertAt(int index, in StoredEvent item)
    {
        if (Count == _ring.Length)
        {
            Resize(Math.Min(Capacity, Math.Max(FirstSize, Count * 2)));
        }

        for (var i = Count; i > index; i--)
        {
            Slot(i) = Slot(i - 1);
        }

        Slot(index) = item;
        Count++;
        _impressions += item.Type == EventType.Impression ? 1 : 0;
        _hides += item.Type == EventType.Hide ? 1 : 0;
    }

    private void RemoveAt(int index)
    {
        if (_isShared)
        {
            Resize(_ring.Length);
        }

        _impressions -= Slot(index).Type == EventType.Impression ? 1 : 0;
        _hides -= Slot(index).Type == EventType.Hide ? 1 : 0;
        for (var i = index; i > 0; i--)
        {
            Slot(i) = Slot(i - 1);
        }

        Slot(0) = default;
        _start = (_start + 1) % _ring.Length;
        Count--;
    }

    private void Resize(int size)
    {
        var ring = new StoredEvent[size];
        for (var i = 0; i < Count; i++)
        {
            ring[i] = Slot(i);
        }

        _ring = ring;
        _start = 0;
        _isShared = false;
    }

    private ref StoredEvent Slot(int index) => ref _ring[(_start + index) % _ring.Length];
}
