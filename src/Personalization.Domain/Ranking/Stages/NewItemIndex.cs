using Personalization.Catalog;
using Personalization.Items;

namespace Personalization.Ranking;

/// <summary>
/// Available items outside the model's vocabulary by category, newest first; built once per catalogue revision and vocabulary.
/// While the vocabulary is not known, the catalogue as it was when it was first seen whole stands in for it. Thread-safe.
/// </summary>
internal sealed class NewItemIndex(IItemCatalog catalog, IModelVocabulary? vocabulary)
{
    private static readonly Item[] None = [];
    private readonly Lock _lock = new();
    private IReadOnlySet<string>? _firstCatalog;
    private View? _view;

    public bool Any() => Current().Categories.Count > 0;

    public IReadOnlyList<Item> InCategory(string category) => Current().Categories.GetValueOrDefault(category, None);

    private View Current()
    {
        var known = vocabulary?.Items ?? FirstCatalog();
        var revision = catalog.Revision;
        var view = Volatile.Read(ref _view);
        if (view is not null && view.Revision == revision && ReferenceEquals(view.Known, known))
        {
            return view;
        }

        view = new View(revision, known, known is null ? [] : Build(known));
        Volatile.Write(ref _view, view);
        return view;
    }

    private IReadOnlySet<string>? FirstCatalog()
    {
        if (Volatile.Read(ref _firstCatalog) is { } first || !catalog.IsLoaded)
        {
            return _firstCatalog;
        }

        lock (_lock)
        {
            return _firstCatalog ??= catalog.Snapshot().Select(item => item.ItemId).ToHashSet(StringComparer.Ordinal);
        }
    }

    private Dictionary<string, Item[]> Build(IReadOnlySet<string> known) => catalog.Snapshot()
        .Where(item => item.Available && !known.Contains(item.ItemId))
        .Reverse()
        .SelectMany(item => item.Categories.Distinct(StringComparer.Ordinal).Select(category => (category, item)))
        .GroupBy(pair => pair.category, pair => pair.item, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);

    private sealed record View(long Revision, IReadOnlySet<string>? Known, Dictionary<string, Item[]> Categories);
}
