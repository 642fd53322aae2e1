using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Personalization.Items;
using Personalization.Ranking;

namespace Personalization.Catalog;

/// <summary>
/// The catalogue in memory. Writers go one at a time. A change costs what it touches: its own place, and for the next reader a copy of the lists that it is in.
/// </summary>
public sealed class ItemCatalog : IItemCatalog
{
    private const int ChangesRemembered = 4_096;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _places = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Item> _items = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ItemsInOrder> _categories = new(StringComparer.Ordinal);
    private readonly ItemsInOrder _all;
    private readonly HashSet<string> _blockedItems;
    private readonly HashSet<string> _blockedCategories;
    private readonly string[] _changes = new string[ChangesRemembered];
    private int _count;
    private long _nextPlace;
    private long _revision;

    /// <summary>Creates an empty catalogue.</summary>
    /// <param name="options">Says what the operator keeps off every shelf; null: nothing.</param>
    public ItemCatalog(RankingOptions? options = null)
    {
        _all = new ItemsInOrder("", _lock);
        _blockedItems = new HashSet<string>(options?.BlockedItems ?? [], StringComparer.Ordinal);
        _blockedCategories = new HashSet<string>(options?.BlockedCategories ?? [], StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public int Count => Volatile.Read(ref _count);

    /// <inheritdoc/>
    public long Revision => Volatile.Read(ref _revision);

    /// <inheritdoc/>
    public bool IsLoaded { get; private set; }

    /// <inheritdoc/>
    public IEnumerable<string> Categories => _categories.Select(pair => pair.Key);

    /// <summary>Adds or replaces an item; the same one again changes nothing.</summary>
    /// <param name="item">The item.</param>
    public void Put(Item item)
    {
        ArgumentNullException.ThrowIfNull(item);
        lock (_lock)
        {
            if (_items.TryGetValue(item.ItemId, out var old) && IsSame(old, item))
            {
                return;
            }

            _places.TryAdd(item.ItemId, _nextPlace++);
            var place = _places[item.ItemId];
            var shared = Array.TrueForAll(item.Categories, IsShared) ? item : item with { Categories = Array.ConvertAll(item.Categories, name => ListOf(name).Name) };
            _items[item.ItemId] = shared;
            _all.Put(place, shared);
            foreach (var category in shared.Categories)
            {
                ListOf(category).Put(place, shared);
            }

            RemoveFrom(old?.Categories ?? [], place, unless: shared.Categories);
            Changed(item.ItemId);
        }
    }

    /// <summary>Removes an item; an unknown one changes nothing.</summary>
    /// <param name="itemId">The item.</param>
    public void Remove(string itemId)
    {
        lock (_lock)
        {
            if (_places.Remove(itemId, out var place) && _items.TryRemove(itemId, out var item))
            {
                _all.Remove(place);
                RemoveFrom(item.Categories, place, unless: []);
                Changed(itemId);
            }
        }
    }

    /// <summary>Says that the copy is whole.</summary>
    public void MarkLoaded() => IsLoaded = true;

    /// <inheritdoc/>
    public bool TryGetChanges(long since, ICollection<string> itemIds)
    {
        ArgumentNullException.ThrowIfNull(itemIds);
        lock (_lock)
        {
            if (_revision - since > ChangesRemembered)
            {
                return false;
            }

            for (; since < _revision; since++)
            {
                itemIds.Add(_changes[since % ChangesRemembered]);
            }

            return true;
        }
    }

    /// <inheritdoc/>
    public bool TryGet(string itemId, [NotNullWhen(true)] out Item? item) => _items.TryGetValue(itemId, out item);

    /// <inheritdoc/>
    public bool Offers(Item item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return item.Available && !IsBlocked(item);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Item> Snapshot() => _all.Copy();

    /// <inheritdoc/>
    public IReadOnlyList<Item> InCategory(string category) => _categories.TryGetValue(category, out var items) ? items.Copy() : [];

    private static bool IsSame(Item old, Item item) =>
        old == item with { Categories = old.Categories, Attributes = old.Attributes }
        && old.Categories.SequenceEqual(item.Categories, StringComparer.Ordinal)
        && old.Attributes.Count == item.Attributes.Count
        && old.Attributes.All(fact => item.Attributes.TryGetValue(fact.Key, out var text) && text == fact.Value);

    private bool IsBlocked(Item item)
    {
        if (_blockedCategories.Count > 0)
        {
            foreach (var category in item.Categories)
            {
                if (_blockedCategories.Contains(category))
                {
                    return true;
                }
            }
        }

        return _blockedItems.Count > 0 && _blockedItems.Contains(item.ItemId);
    }

    private ItemsInOrder ListOf(string category) => _categories.GetOrAdd(category, static (name, writing) => new ItemsInOrder(name, writing), _lock);

    // Of many items in few categories: one string for all of them is less memory, and less of it to read for a shelf.
    private bool IsShared(string category) => _categories.TryGetValue(category, out var items) && ReferenceEquals(items.Name, category);

    private void RemoveFrom(string[] categories, long place, string[] unless)
    {
        foreach (var category in categories)
        {
            if (!unless.Contains(category, StringComparer.Ordinal) && _categories.TryGetValue(category, out var items))
            {
                items.Remove(place);
                if (items.IsEmpty)
                {
                    _categories.TryRemove(category, out _);
                }
            }
        }
    }

    // Last: whoever sees the new revision reads what belongs to it.
    private void Changed(string itemId)
    {
        _changes[_revision % ChangesRemembered] = itemId;
        Volatile.Write(ref _count, _places.Count);
        Volatile.Write(ref _revision, _revision + 1);
    }
}
