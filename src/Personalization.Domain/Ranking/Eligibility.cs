using Personalization.Catalog;
using Personalization.Items;
using Personalization.Recommendations;

namespace Personalization.Ranking;

/// <summary>Which items may be on this shopper's shelf: the one rule that the model's lists and the fallbacks share.</summary>
internal sealed class Eligibility
{
    private readonly IItemCatalog _catalog;
    private readonly RankingOptions _options;
    private readonly RecommendationRequest _request;
    private readonly ShopperHistory _history;
    private readonly bool _mayBeUnknown;

    public Eligibility(IItemCatalog catalog, RankingOptions options, RecommendationRequest request, ShopperHistory history)
    {
        _catalog = catalog;
        _options = options;
        _request = request;
        _history = history;

        _mayBeUnknown = !catalog.Decides && request.Categories.Length == 0;
    }

    /// <summary>Items that can be excluded by id alone, each once.</summary>
    /// <returns>A new array.</returns>
    public string[] Excluded() => _request.ExcludeItems.Length == 0 && _options.BlockedItems.Length == 0 && _history.Hidden.Count == 0
        ? [.. _history.Recent]
        : [.. _request.ExcludeItems.Concat(_options.BlockedItems).Concat(_history.Hidden).Concat(_history.Recent).Distinct(StringComparer.Ordinal)];

    public bool Allows(string itemId, out Item? item)
    {
        item = null;
        if (_history.IsRecent(itemId) || _history.IsHidden(itemId)
            || Array.IndexOf(_request.ExcludeItems, itemId) >= 0 || Array.IndexOf(_options.BlockedItems, itemId) >= 0)
        {
            return false;
        }

        return _catalog.TryGet(itemId, out item) ? AllowsEntry(item) : _mayBeUnknown;
    }

    /// <summary>What is left to check of an item that was chosen by the catalogue as it is, for the categories and without the items that were asked for.</summary>
    /// <param name="item">The item.</param>
    public bool AllowsChosen(Item item) => _catalog.Offers(item);

    private bool AllowsEntry(Item item) =>
        AllowsChosen(item) && (_request.Categories.Length == 0 || Overlap(item.Categories, _request.Categories));

    private static bool Overlap(string[] left, string[] right)
    {
        foreach (var name in left)
        {
            if (right.Contains(name, StringComparer.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
