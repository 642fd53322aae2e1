using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Ranking;

/// <summary>One shelf in the making.</summary>
internal sealed class RankingContext
{
    public required IReadOnlyList<StoredEvent> Sequence { get; init; }

    public required RecommendationRequest Request { get; init; }

    public required DateTimeOffset Now { get; init; }

    public required ShopperHistory History { get; init; }

    public required Eligibility Eligibility { get; init; }

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
