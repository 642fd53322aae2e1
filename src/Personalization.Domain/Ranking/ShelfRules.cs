using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Ranking;

/// <summary>What one shelf has to keep to, read once from the shopper's events: for the question to the model and for what becomes of its answer.</summary>
public sealed class ShelfRules
{
    internal ShelfRules(Eligibility eligibility, ShopperHistory history, RecommendationRequest request, DateTimeOffset now)
    {
        (Eligibility, History, Request, Now) = (eligibility, history, request, now);
        Exclusions = eligibility.Excluded();
    }

    /// <summary>Items that the model need not score for this shopper: those asked to be left out, blocked, hidden or acted on within the recent window. Each once.</summary>
    public string[] Exclusions { get; }

    internal Eligibility Eligibility { get; }

    internal ShopperHistory History { get; }

    internal RecommendationRequest Request { get; }

    internal DateTimeOffset Now { get; }
}
