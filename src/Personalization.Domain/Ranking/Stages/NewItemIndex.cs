using Personalization.Catalog;
using Personalization.Items;

namespace Personalization.Ranking;

/// <summary>
/// Items outside the model's vocabulary that may be shown, by category, newest first. Follows the catalogue: a change costs a look at the items of its
/// categories. While one caller takes it the others go on with the view before it. On a silo without an engine the catalogue as it was when it was first seen
/// whole stands in for the vocabulary. Thread-safe.
/// </summary>
internal sealed class NewItemIndex(IItemCatalog catalog, IModelVocabulary? vocabulary)
{
    private static readonly View Nothing = new(0, static _ => true, [], false);
    private readonly Lock _lock = new();
    private Predicate<string>? _firstCatalog;
    private bool _isSeen;
    private View? _view;

    public bool Any() => Current().HasAny;

    public IReadOnlyList<Item> InCategory(string category) => Current().Categories.TryGetValue(category, out var items) ? items.New : [];

    private View Current()
    {
        if ((vocabulary is null ? FirstCatalog() : vocabulary.Knows) is not { } knows)
        {
            return Nothing;
        }

        var view = Volatile.Read(ref _view);
        if (view is not null && IsCurrent(view, knows))
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
            if (_view is null || !IsCurrent(_view, knows))
            {
                Volatile.Write(ref _view, Build(_view, knows));
            }

            return _view;
        }
        finally
        {
            _lock.Exit();
        }
    }

    private bool IsCurrent(View view, Predicate<string> knows) => view.Revision == catalog.Revision && view.Knows == knows;

    // Of a catalogue that is not whole, or was empty when it was first seen, nobody can tell what is new in it.
    private Predicate<string>? FirstCatalog()
    {
        if (Volatile.Read(ref _isSeen) || !catalog.IsLoaded)
        {
            return _firstCatalog;
        }

        lock (_lock)
        {
            if (!_isSeen)
            {
                var items = catalog.Snapshot().Select(item => item.ItemId).ToHashSet(StringComparer.Ordinal);
                _firstCatalog = items.Count == 0 ? null : items.Contains;
                Volatile.Write(ref _isSeen, true);
            }

            return _firstCatalog;
        }
    }

    private View Build(View? old, Predicate<string> knows)
    {
        var revision = catalog.Revision;
        var before = old is not null && old.Knows == knows ? old.Categories : [];
        var categories = new Dictionary<string, Category>(StringComparer.Ordinal);
        foreach (var name in catalog.Categories)
        {
            var items = catalog.InCategory(name);
            categories[name] = before.TryGetValue(name, out var category) && ReferenceEquals(category.Items, items)
                ? category
                : new Category(items, [.. items.Where(item => catalog.Offers(item) && !knows(item.ItemId)).Reverse()]);
        }

        return new View(revision, knows, categories, categories.Values.Any(static category => category.New.Length > 0));
    }

    private sealed record Category(IReadOnlyList<Item> Items, Item[] New);

    private sealed record View(long Revision, Predicate<string> Knows, Dictionary<string, Category> Categories, bool HasAny);
}
