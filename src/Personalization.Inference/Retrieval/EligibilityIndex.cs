using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Personalization.Catalog;
using Personalization.Inference.Packages;
using Personalization.Items;

namespace Personalization.Inference.Retrieval;

/// <summary>
/// What of a model's vocabulary may be recommended. Follows the catalogue: a new view for each revision that somebody asks about, from the one before it and the
/// items that changed; all items are looked at for the first, and when many changed at once. While one caller makes a view the others go on with the one before
/// it. Thread-safe.
/// </summary>
/// <param name="vocabulary">The model's items.</param>
/// <param name="catalog">The silo's catalogue.</param>
internal sealed class EligibilityIndex(Vocabulary vocabulary, IItemCatalog catalog)
{
    private readonly Lock _lock = new();
    private readonly Item?[] _known = new Item?[vocabulary.Width];
    private readonly List<string> _changed = [];
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
    public bool IsCurrent(EligibilityView view) => view.Revision == catalog.Revision && view.Decides == catalog.Decides;

    /// <summary>The catalogue's entry of an item, not older than the latest view.</summary>
    /// <param name="index">The model's index.</param>
    /// <returns>The entry; null when the catalogue does not know the item.</returns>
    public Item? EntryOf(int index) => Volatile.Read(ref _known[index]);

    private EligibilityView Build(EligibilityView? old)
    {
        var revision = catalog.Revision;
        var decides = catalog.Decides;
        var changes = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        _changed.Clear();
        var available = old is not null && old.Decides == decides && catalog.TryGetChanges(old.Revision, _changed) ? old.Available.ToArray() : null;
        var indices = available is null ? Enumerable.Range(1, vocabulary.Count) : _changed.Select(vocabulary.IndexOf).Where(static index => index > 0);
        available ??= new ulong[(vocabulary.Width + 63) / 64];
        foreach (var index in indices)
        {
            catalog.TryGet(vocabulary[index], out var item);
            if (item is null ? !decides : catalog.Offers(item))
            {
                Bits.Set(available, index);
            }
            else
            {
                Bits.Clear(available, index);
            }

            var before = _known[index];
            if (!ReferenceEquals(before, item))
            {
                Move(before?.Categories ?? [], item?.Categories ?? [], index);
                _known[index] = item;
            }
        }

        // A view that was handed out never changes.
        var categories = (old?.Categories ?? ImmutableDictionary.Create<string, CategoryItems>(StringComparer.Ordinal)).ToBuilder();
        foreach (var (category, ofCategory) in changes)
        {
            categories[category] = CategoryItems.Of(categories.GetValueOrDefault(category), ofCategory, available.Length);
            if (categories[category].IsEmpty)
            {
                categories.Remove(category);
            }
        }

        return new EligibilityView(revision, decides, available, categories.ToImmutable());

        void Move(string[] from, string[] to, int index)
        {
            if (from.AsSpan().SequenceEqual(to))
            {
                return;
            }

            foreach (var category in from)
            {
                ChangesOf(category).Add(-index);
            }

            foreach (var category in to)
            {
                ChangesOf(category).Add(index);
            }
        }

        List<int> ChangesOf(string category) => CollectionsMarshal.GetValueRefOrAddDefault(changes, category, out _) ??= [];
    }
}
