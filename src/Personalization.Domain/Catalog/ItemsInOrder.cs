using Personalization.Items;

namespace Personalization.Catalog;

/// <summary>
/// Items in the order in which they were first added. Readers get a copy, made by the first of them after a change, that no later change touches.
/// </summary>
/// <param name="name">The one string for what they have in common.</param>
/// <param name="writing">Held by whoever changes them.</param>
internal sealed class ItemsInOrder(string name, Lock writing)
{
    private readonly SortedList<long, Item> _items = [];
    private Item[]? _copy = [];

    public string Name => name;

    public bool IsEmpty => _items.Count == 0;

    public void Put(long place, Item item)
    {
        _items[place] = item;
        Volatile.Write(ref _copy, null);
    }

    public void Remove(long place)
    {
        _items.Remove(place);
        Volatile.Write(ref _copy, null);
    }

    public Item[] Copy()
    {
        if (Volatile.Read(ref _copy) is { } copy)
        {
            return copy;
        }

        lock (writing)
        {
            return _copy ??= [.. _items.Values];
        }
    }
}
