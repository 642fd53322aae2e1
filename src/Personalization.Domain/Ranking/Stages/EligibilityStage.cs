namespace Personalization.Ranking;

/// <summary>Drops what may not be shown, and repeats. What the engine chose by the catalogue as it is needs no second look at it.</summary>
internal sealed class EligibilityStage : IRankingStage
{
    public void Apply(RankingContext context)
    {
        var entries = context.Entries;
        var kept = 0;
        for (var i = 0; i < entries.Count; i++)
        {
            var item = entries[i].Item;
            if (item is not null
                ? context.Eligibility.AllowsChosen(item)
                : context.Eligibility.Allows(entries[i].ItemId, out item) && context.Scratch.Seen.Add(entries[i].ItemId))
            {
                entries[kept++] = entries[i] with { Item = item };
            }
        }

        entries.RemoveRange(kept, entries.Count - kept);
    }
}
