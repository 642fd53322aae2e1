using Personalization.Catalog;
using Personalization.Profiles;
using Personalization.Recommendations;

namespace Personalization.Ranking;

/// <summary>Gives a bounded share of places to items the model does not know yet, from the categories asked for or the shopper's own.</summary>
internal sealed class NewItemsStage(IItemCatalog catalog, RankingOptions options, NewItemIndex index) : IRankingStage
{
    public void Apply(RankingContext context)
    {
        if (options.NewItemsFrom == 0 || context.Request.Count < options.NewItemsFrom || !index.Any())
        {
            return;
        }

        // Only what the operator pinned has a reason by now.
        var unpinned = context.Entries.FindIndex(static entry => entry.Reason is null);
        var pinned = unpinned < 0 ? context.Entries.Count : unpinned;
        var candidates = Candidates(context).GetEnumerator();
        for (var place = Math.Max(options.NewItemsFrom, pinned + 1); place <= context.Request.Count; place += options.NewItemsEvery)
        {
            if (!candidates.MoveNext())
            {
                return;
            }

            context.Entries.Insert(Math.Min(place - 1, context.Entries.Count), candidates.Current);
        }
    }

    private IEnumerable<RankingEntry> Candidates(RankingContext context)
    {
        var taken = context.Entries.Select(entry => entry.ItemId).ToHashSet(StringComparer.Ordinal);
        foreach (var category in Categories(context))
        {
            foreach (var candidate in index.InCategory(category))
            {
                if (context.Eligibility.Allows(candidate.ItemId, out var item) && taken.Add(candidate.ItemId))
                {
                    yield return new RankingEntry(candidate.ItemId, 0, -1, item, new Reason("new_in_category", [], $"New in {category}"));
                }
            }
        }
    }

    private IEnumerable<string> Categories(RankingContext context) => context.Request.Categories.Length > 0
        ? context.Request.Categories
        : Taste.Top(catalog, context.Sequence, context.Now, options.TasteHalfLife, options.NewItemsCategories, item => item.Categories)
            .Select(category => category.Name);
}
