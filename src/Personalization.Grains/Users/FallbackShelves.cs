using Personalization.Catalog;
using Personalization.Items;
using Personalization.Recommendations;

namespace Personalization.Users;

/// <summary>Makes a shelf without the model's answer, from what is at hand: nothing here waits longer than the deadline.</summary>
internal sealed class FallbackShelves(IItemCatalog catalog, TrendingCache trending)
{
    public ValueTask<RecommendationResponse> MakeAsync(ShelfQuestion question, FallbackReason reason, Deadline deadline, CancellationToken cancellationToken)
    {
        _ = trending.Current(TimeSpan.FromDays(7));
        _ = deadline;
        _ = cancellationToken;
        return ValueTask.FromResult(new RecommendationResponse
        {
            UserId = question.UserId,
            Version = question.Version,
            RecommendationId = Recommender.NewId(),
            Source = RecommendationSource.Catalog,
            FallbackReason = reason,
            Items = [.. catalog.Snapshot().Take(question.Request.Count).Select(i => new RecommendedItem { ItemId = i.ItemId, Reason = new Reason("catalog", [], "From the catalogue") })],
        });
    }
}
