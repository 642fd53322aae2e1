using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Personalization.Items;

namespace Personalization.Catalog;

/// <summary>The catalogue in memory. Writers go one at a time; readers use a snapshot that is built once per revision.</summary>
public sealed class ItemCatalog : IItemCatalog
{
    private const int ChangesRemembered = 4_096;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _order = [];
    private readonly HashSet<string> _categories = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Item> _items = new(StringComparer.Ordinal);
    private readonly string[] _changes = new string[ChangesRemembered];
    private int _count;
    private long _nextOrder;
    private long _revision;
    private View? _view;

    /// <inheritdoc/>
    public int Count => Volatile.Read(ref _count);

    /// <inheritdoc/>
    public long Revision => Volatile.Read(ref _revision);

    /// <inheritdoc/>
    public bool IsLoaded { get; private set; }

    /// <summary>Adds or replaces an item.</summary>
    /// <param name="item">The item.</param>
    public void Put(Item item)
    {
        ArgumentNullException.ThrowIfNull(item);
        lock (_lock)
        {
            _order.TryAdd(item.ItemId, _nextOrder++);
            _items[item.ItemId] = Array.TrueForAll(item.Categories, IsShared) ? item : item with { Categories = Array.ConvertAll(item.Categories, Shared) };
            Changed(item.ItemId);
        }
    }

    /// <summary>Removes an item; an unknown one changes nothing.</summary>
    /// <param name="itemId">The item.</param>
    public void Remove(string itemId)
    {
        lock (_lock)
        {
            if (_order.Remove(itemId))
            {
                _items.TryRemove(itemId, out _);
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
    public IReadOnlyList<Item> Snapshot() => CurrentView().Items;

    /// <inheritdoc/>
    public IReadOnlyList<Item> InCategory(string category) =>
        CurrentView().Categories.TryGetValue(category, out var items) ? items : [];

    private void Changed(string itemId)
    {
        _count = _order.Count;
        _changes[_revision % ChangesRemembered] = itemId;
        _revision++;
    }

    // Of many items in few categories: one string for all of them is less memory, and less of it to read for a shelf.
    private string Shared(string category)
    {
        _categories.Add(category);
        return _categories.TryGetValue(category, out var shared) ? shared : category;
    }

    private bool IsShared(string category) => _categories.TryGetValue(category, out var shared) && ReferenceEquals(shared, category);

    private View CurrentView()
    {
        var view = Volatile.Read(ref _view);
        if (view?.Revision == Revision)
        {
            return view;
        }

        lock (_lock)
        {
            if (_view?.Revision != _revision)
            {
                Volatile.Write(ref _view, new View(_revision, [.. _items.Values.OrderBy(i => _order[i.ItemId])]));
            }

            return _view!;
        }
    }

    private sealed class View(long revision, Item[] items)
    {
        public long Revision { get; } = revision;

        public Item[] Items { get; } = items;

        public Dictionary<string, Item[]> Categories { get; } = items
            .SelectMany(item => item.Categories.Distinct(StringComparer.Ordinal).Select(category => (category, item)))
            .GroupBy(pair => pair.category, pair => pair.item, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
    }
}
