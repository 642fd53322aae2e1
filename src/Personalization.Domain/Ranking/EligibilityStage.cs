namespace Personalization.Ranking;

/// <summary>Drops what may not be shown, and repeats.</summary>
internal sealed class EligibilityStage : IRankingStage
{
    public void Apply(RankingContext context)
    {
        var seen = context.Scratch.Seen;
        var entries = context.Entries;
        var kept = 0;
        for (var i = 0; i < entries.Count; i++)
        {
            if (context.Eligibility.Allows(entries[i].ItemId, out var item) && seen.Add(entries[i].ItemId))
            {
                entries[kept++] = entries[i] with { Item = item };
            }
        }

        entries.RemoveRange(kept, entries.Count - kept);
    }
}
