using Personalization.Inference;
using Personalization.Items;
using Personalization.Ranking;
using Personalization.Recommendations;
using Personalization.Time;

namespace Personalization.Users;

/// <summary>Makes a shelf without the model's answer, or fills a short one up, from what is at hand.</summary>
internal sealed partial class FallbackShelves(FallbackShelf shelf, IInferenceRouter router, TrendingCache trending, TimeProvider time, ILogger<FallbackShelves> logger)
{
    // What is left of a spent deadline: enough for an engine in the same process, nothing that a shopper would notice.
    private static readonly TimeSpan LeastPatience = TimeSpan.FromMilliseconds(5);

    /// <summary>Makes a whole shelf.</summary>
    /// <param name="question">The shelf that is wanted.</param>
    /// <param name="reason">Why the model did not make it.</param>
    /// <param name="deadline">When it is due.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The shelf without an id.</returns>
    public async ValueTask<RecommendationResponse> MakeAsync(ShelfQuestion question, FallbackReason reason, Deadline deadline, CancellationToken cancellationToken)
    {
        // A last list is of use only where the model would have answered; its filters are applied again.
        RecommendedItem[] lastGood =
            reason is FallbackReason.UnknownUser or FallbackReason.EmptyHistory ? [] : question.Shelves.LastGood();
        var lastItem = question.Model.Events is [.., var newest] ? newest.ItemId : null;
        var similar = lastItem is null || lastGood.Length >= question.Request.Count || reason == FallbackReason.NoModel
            ? []
            : await SimilarAsync(lastItem, question.Request.Count * 2, deadline, cancellationToken).ConfigureAwait(false);
        var sources = new FallbackSources
        {
            LastGood = lastGood,
            Similar = similar,
            SimilarTo = lastItem,
            Trending = trending.Current(TrendingCache.DefaultWindow),
        };
        var result = shelf.Build(sources, question.Events, question.Request, question.Now);
        return new RecommendationResponse
        {
            UserId = question.UserId,
            Version = question.Version,
            RecommendationId = "",
            Source = result.Source,
            FallbackReason = reason,
            Items = result.Items,
        };
    }

    /// <summary>Fills a shelf of the model that is too short.</summary>
    /// <param name="question">The shelf that is wanted.</param>
    /// <param name="items">The model's part.</param>
    /// <returns>The model's part and more behind it.</returns>
    public RecommendedItem[] Fill(ShelfQuestion question, RecommendedItem[] items) => items.Length >= question.Request.Count
        ? items
        : shelf.Build(
            new FallbackSources { ModelShelf = items, Trending = trending.Current(TrendingCache.DefaultWindow) },
            question.Events,
            question.Request,
            question.Now).Items;

    private async ValueTask<ItemScore[]> SimilarAsync(string itemId, int count, Deadline deadline, CancellationToken cancellationToken)
    {
        try
        {
            var answer = router.SimilarAsync(itemId, count, cancellationToken);
            var patience = deadline.Remaining > LeastPatience ? deadline.Remaining : LeastPatience;
            return await answer.WithinAsync(patience, time, cancellationToken).ConfigureAwait(false) ?? [];
        }
        catch (TimeoutException)
        {
            return [];
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(e);
            return [];
        }
    }

    [LoggerMessage(2011, LogLevel.Warning, "Similar items could not be asked; the shelf is made without them.")]
    private partial void LogFailed(Exception exception);
}
