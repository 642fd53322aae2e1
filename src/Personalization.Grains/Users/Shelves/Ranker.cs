using Personalization.Inference;
using Personalization.Recommendations;
using Personalization.Time;

namespace Personalization.Users;

/// <summary>Orders the caller's own items for a shopper.</summary>
internal sealed class Ranker(ModelCaller model, ShopClock shop, TimeProvider time)
{
    /// <summary>Orders items; without an answer of the model they keep the caller's order.</summary>
    /// <param name="user">The shopper.</param>
    /// <param name="request">The items; valid.</param>
    /// <param name="deadline">When it is due.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The order, without what the wait for a version adds.</returns>
    public async ValueTask<RankResponse> RankAsync(UserView user, RankRequest request, Deadline deadline, CancellationToken cancellationToken)
    {
        var version = user.State.Version;
        var known = user.State.IsKnown;
        var wanted = request.ItemIds.Distinct(StringComparer.Ordinal).ToArray();
        var question = ModelQuestion.From(user.State.Sequence.Snapshot(), user.State.Totals, model.Router.MaxLength);
        var answer = question.Events.Length == 0
            ? null
            : await model.AskAsync(
                question.ToRequest(shop.GetUtcNow(), InferencePriority.Interactive, deadline.Remaining, user.UserId) with { Candidates = wanted },
                cancellationToken);
        FallbackReason? reason = answer switch
        {
            null => known ? FallbackReason.EmptyHistory : FallbackReason.UnknownUser,
            { Status: InferenceStatus.Ok } => null,
            _ => ModelCaller.ReasonOf(answer.Status),
        };
        return new RankResponse
        {
            UserId = user.UserId,
            Version = version,
            RecommendationId = RecommendationIds.New(time.GetUtcNow()),
            Model = reason is null ? answer!.Model : null,
            FallbackReason = reason,
            Items = Order(wanted, reason is null ? answer!.Candidates : []),
            Timings = new ServerTimings { Queue = answer?.QueueMs ?? 0, Inference = answer?.RunMs ?? 0 },
        };
    }

    private static RankedItem[] Order(string[] wanted, ScoredCandidate[] scored)
    {
        var known = scored.Select(c => c.ItemId).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. scored.OrderByDescending(c => c.Score).Select(c => new RankedItem(c.ItemId, c.Score, Known: true)),
            .. wanted.Where(id => !known.Contains(id)).Select(id => new RankedItem(id, 0, Known: false)),
        ];
    }
}
