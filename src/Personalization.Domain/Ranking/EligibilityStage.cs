namespace Personalization.Ranking;

/// <summary>Drops what may not be shown, and repeats.</summary>
internal sealed class EligibilityStage : IRankingStage
{
    public void Apply(RankingContext context)
    {
        var seen = new HashSet<string>(context.Entries.Count, StringComparer.Ordinal);
        var kept = new List<RankingEntry>(context.Entries.Count);
        foreach (var entry in context.Entries)
        {
            if (context.Eligibility.Allows(entry.ItemId, out var item) && seen.Add(entry.ItemId))
            {
                kept.Add(entry with { Item = item });
            }
        }

        context.Entries = kept;
    }
}
