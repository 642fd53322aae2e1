using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Ranking;

/// <summary>One shelf in the making.</summary>
internal sealed class RankingContext
{
    public required ShelfRules Rules { get; init; }

    public required IReadOnlyList<StoredEvent> Sequence { get; init; }

    public RecommendationRequest Request => Rules.Request;

    public DateTimeOffset Now => Rules.Now;

    public ShopperHistory History => Rules.History;

    public Eligibility Eligibility => Rules.Eligibility;

    /// <summary>Room for what is needed for a moment.</summary>
    public required RankingScratch Scratch { get; init; }

    /// <summary>The list, best first; stages change it in place.</summary>
    public required List<RankingEntry> Entries { get; set; }

    public bool Holds(string itemId)
    {
        foreach (var entry in Entries)
        {
            if (string.Equals(entry.ItemId, itemId, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
