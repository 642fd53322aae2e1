namespace Personalization.Ranking;

/// <summary>Puts the operator's pinned items on top.</summary>
internal sealed class PinnedStage(RankingOptions options) : IRankingStage
{
    public void Apply(RankingContext context)
    {
        var place = 0;
        foreach (var itemId in options.PinnedItems)
        {
            if (!context.Eligibility.Allows(itemId, out var item))
            {
                continue;
            }

            var index = context.Entries.FindIndex(entry => string.Equals(entry.ItemId, itemId, StringComparison.Ordinal));
            if (index >= 0 && index < place)
            {
                continue;
            }

            var pinned = index >= 0 ? context.Entries[index] : new RankingEntry(itemId, 0, -1, item);
            if (index >= 0)
            {
                context.Entries.RemoveAt(index);
            }

            context.Entries.Insert(place++, pinned with { Reason = new("for_you", [], "Picked by the shop") });
        }
    }
}
