using System.Collections.Immutable;
using Personalization.Catalog;
using Personalization.Inference.Packages;
using Personalization.Items;

namespace Personalization.Inference.Retrieval;

/// <summary>
/// What of a model's vocabulary may be recommended. Follows the catalogue: one pass for each revision that somebody asks about, which
/// touches only the items that changed. While one caller makes that pass the others go on with the view before it. Thread-safe.
/// </summary>
/// <param name="vocabulary">The model's items.</param>
/// <param name="catalog">The silo's catalogue.</param>
internal sealed class EligibilityIndex(Vocabulary vocabulary, IItemCatalog catalog)
{
    private readonly Lock _lock = new();
    private readonly Item?[] _known = new Item?[vocabulary.Width];
    private EligibilityView? _view;

    /// <summary>The view of now.</summary>
    /// <returns>The view.</returns>
    public EligibilityView Current()
    {
        var view = Volatile.Read(ref _view);
        if (view is not null && IsCurrent(view))
        {
            return view;
        }

        if (view is null)
        {
            _lock.Enter();
        }
        else if (!_lock.TryEnter())
        {
            return view;
        }

        try
        {
            if (_view is null || !IsCurrent(_view))
            {
                Volatile.Write(ref _view, Build(_view));
            }

            return _view;
        }
        finally
        {
            _lock.Exit();
        }
    }

    /// <summary>Whether a view is of the catalogue as it is now.</summary>
    /// <param name="view">The view.</param>
    public bool IsCurrent(EligibilityView view) => view.Revision == catalog.Revision && view.Loaded == catalog.IsLoaded;

    /// <summary>The catalogue's entry of an item, not older than the latest view.</summary>
    /// <param name="index">The model's index.</param>
    /// <returns>The entry; null when the catalogue does not know the item.</returns>
    public Item? EntryOf(int index) => Volatile.Read(ref _known[index]);

    private EligibilityView Build(EligibilityView? old)
    {
        var revision = catalog.Revision;
        var loaded = catalog.IsLoaded;
        var available = new ulong[(vocabulary.Width + 63) / 64];
        var categories = new Dictionary<string, ulong[]>(StringComparer.Ordinal);
        for (var index = 1; index < vocabulary.Width; index++)
        {
            catalog.TryGet(vocabulary[index], out var item);
            if (item?.Available ?? !loaded)
            {
                Bits.Set(available, index);
            }

            var before = _known[index];
            if (!ReferenceEquals(before, item))
            {
                Move(before?.Categories ?? [], item?.Categories ?? [], index);
                _known[index] = item;
            }
        }

        var all = old?.Categories ?? ImmutableDictionary.Create<string, ulong[]>(StringComparer.Ordinal);
        return new EligibilityView(revision, loaded, available, all.SetItems(categories));

        void Move(string[] from, string[] to, int index)
        {
            foreach (var category in from)
            {
                Bits.Clear(Writable(category), index);
            }

            foreach (var category in to)
            {
                Bits.Set(Writable(category), index);
            }
        }

        // A view that was handed out never changes: the first touch of a category copies its bits.
        ulong[] Writable(string category)
        {
            if (!categories.TryGetValue(category, out var bits))
            {
                bits = old?.Categories.GetValueOrDefault(category)?.ToArray() ?? new ulong[available.Length];
                categories.Add(category, bits);
            }

            return bits;
        }
    }
}
