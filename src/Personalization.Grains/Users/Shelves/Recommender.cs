using Personalization.Catalog;
using Personalization.Inference;
using Personalization.Recommendations;
using Personalization.Telemetry;
using Personalization.Time;

namespace Personalization.Users;

/// <summary>Makes a shelf: from the cache, from the model, or without it. One per silo; what belongs to a shopper comes with the call.</summary>
/// <remarks>The shopper's state is read before the first wait, on the grain's turn; what follows is made wherever the model's answer comes in.</remarks>
internal sealed class Recommender(
    ModelCaller model, ModelShelf ranking, FallbackShelves fallbacks, IItemCatalog catalog, ShopClock shop, TimeProvider time, GrainsInstruments instruments)
{
    /// <summary>Whether the model cannot answer in time what is asked now.</summary>
    /// <param name="request">What is asked for.</param>
    /// <returns>Whether that is known.</returns>
    public bool IsTooLateFor(RecommendationRequest request)
    {
        var timeout = RequestRules.Timeout(request.Timeout);
        return model.Router.ExpectedTimeOf(timeout) > timeout;
    }

    /// <summary>
    /// What a question gets that the model cannot answer in time any more: the last shelf, while it would still be the same. It costs no look at the state,
    /// so a silo that has too much to do gets rid of it quickly.
    /// </summary>
    /// <param name="user">The shopper; the state is not read.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="deadline">When it is due.</param>
    /// <returns>The shelf; null when there is time for the model, or no such shelf.</returns>
    public RecommendationResponse? Shed(UserView user, RecommendationRequest request, Deadline deadline) =>
        Refusal(deadline) is { } reason ? Last(user, request, reason, deadline.Elapsed) : null;

    /// <summary>The last shelf, while it would still be the same. For any thread.</summary>
    /// <param name="user">The shopper; the state is not read.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="reason">Why the model is not asked.</param>
    /// <param name="elapsed">Time spent on it.</param>
    /// <returns>The shelf; null when there is none, or one from before the version that is asked for.</returns>
    public RecommendationResponse? Last(UserView user, RecommendationRequest request, FallbackReason reason, TimeSpan elapsed)
    {
        if (user.Shelves.Unchanged(user.Revision, catalog.Revision, request) is not { } last)
        {
            return null;
        }

        instruments.Recommended(RecommendationSource.LastGood, reason, elapsed);
        return new RecommendationResponse
        {
            UserId = user.UserId,
            Version = last.Version,
            RecommendationId = RecommendationIds.New(time.GetUtcNow()),
            Source = RecommendationSource.LastGood,
            FallbackReason = reason,
            Items = last.Items,
            Timings = new ServerTimings { Grain = elapsed.TotalMilliseconds },
        };
    }

    /// <summary>Makes a shelf. Everything is read from the state before the first wait, so the answer is of one version.</summary>
    /// <param name="user">The shopper.</param>
    /// <param name="request">What is asked for; valid.</param>
    /// <param name="turn">When it is due, and how it came to its turn.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The shelf.</returns>
    public async Task<RecommendationResponse> RecommendAsync(UserView user, RecommendationRequest request, ShelfTurn turn, CancellationToken cancellationToken)
    {
        var key = new ShelfKey(user.Revision, model.Router.Model, catalog.Revision, ShelfShape.Of(request));
        if (user.Shelves.Get(key, user.UserId) is { } cached)
        {
            return Tell(cached, turn, new ServerTimings { Cached = true });
        }

        var question = new ShelfQuestion(user, request, model.Router.MaxLength, shop.GetUtcNow());
        if (question.Model.Events.Length == 0)
        {
            return await FallBackAsync(question, user.State.IsKnown ? FallbackReason.EmptyHistory : FallbackReason.UnknownUser, turn, cancellationToken).ConfigureAwait(false);
        }

        if (Refusal(turn.Deadline) is { } refusal)
        {
            return await FallBackAsync(question, refusal, turn, cancellationToken).ConfigureAwait(false);
        }

        // The shelves of a page are asked for together: one of them has the model run, the others are answered from that run.
        if (model.Router.SharesRuns && user.Shelves.IsAnotherAsked(key, out var beside))
        {
            await beside.WaitAsync(turn.Deadline.Remaining, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var answer = await AskOnceAsync(user.Shelves, key, question, turn.Deadline, cancellationToken).ConfigureAwait(false);
        user.Shelves.Answered();
        if (answer.Status != InferenceStatus.Ok)
        {
            return await FallBackAsync(question, ModelCaller.ReasonOf(answer.Status), turn, cancellationToken).ConfigureAwait(false);
        }

        var started = time.GetTimestamp();
        var items = ranking.Rank(question, answer);
        if (items.Length == 0)
        {
            return await FallBackAsync(question, FallbackReason.NoEligibleItems, turn, cancellationToken).ConfigureAwait(false);
        }

        items = fallbacks.Fill(question, items);
        var elapsed = turn.Deadline.Elapsed;
        var shelf = new RecommendationResponse
        {
            UserId = question.UserId,
            Version = question.Version,
            Stale = turn.Stale,
            RecommendationId = RecommendationIds.New(time.GetUtcNow()),
            Model = answer.Model,
            Source = RecommendationSource.Model,
            Items = items,
            Churn = answer.Churn,
            Timings = new ServerTimings
            {
                Wait = turn.Waited.TotalMilliseconds,
                Queue = answer.QueueMs,
                Inference = answer.RunMs,
                Ranking = time.GetElapsedTime(started).TotalMilliseconds,
                Grain = elapsed.TotalMilliseconds,
            },
        };
        user.Shelves.Put(key, shelf);
        instruments.Recommended(shelf.Source, shelf.FallbackReason, elapsed);
        return shelf;
    }

    private async ValueTask<RecommendationResponse> FallBackAsync(ShelfQuestion question, FallbackReason reason, ShelfTurn turn, CancellationToken cancellationToken) =>
        Tell(await fallbacks.MakeAsync(question, reason, turn.Deadline, cancellationToken).ConfigureAwait(false), turn, default);

    private RecommendationResponse Tell(RecommendationResponse shelf, ShelfTurn turn, ServerTimings timings)
    {
        var elapsed = turn.Deadline.Elapsed;
        instruments.Recommended(shelf.Source, shelf.FallbackReason, elapsed);
        return shelf with
        {
            RecommendationId = RecommendationIds.New(time.GetUtcNow()),
            Stale = turn.Stale,
            Timings = timings with { Wait = turn.Waited.TotalMilliseconds, Grain = elapsed.TotalMilliseconds },
        };
    }

    // Why the model need not be asked, as far as that is known beforehand.
    private FallbackReason? Refusal(Deadline deadline)
    {
        var remaining = deadline.Remaining;
        var expected = model.Router.ExpectedTimeOf(remaining);
        return remaining > expected ? null : expected == TimeSpan.MaxValue ? FallbackReason.Overload : FallbackReason.Deadline;
    }

    // Who asks for what is being asked already shares the run. When that is given up or comes to nothing, the next of them asks, for all who still wait.
    private async Task<InferenceResult> AskOnceAsync(
        ShelfCache shelves, ShelfKey key, ShelfQuestion question, Deadline deadline, CancellationToken cancellationToken)
    {
        while (true)
        {
            var answer = shelves.AskOnce(key, (ranking, model, question, deadline, cancellationToken), Ask, out var isOwn);
            if (isOwn)
            {
                return await answer.ConfigureAwait(false);
            }

            try
            {
                var shared = await answer.WaitAsync(deadline.Remaining, time, cancellationToken).ConfigureAwait(false);
                if (shared.Status == InferenceStatus.Ok)
                {
                    return shared;
                }
            }
            catch (TimeoutException)
            {
                return InferenceResult.None(InferenceStatus.DeadlineExceeded);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
            }
        }
    }

    private static Task<InferenceResult> Ask(
        (ModelShelf Ranking, ModelCaller Model, ShelfQuestion Question, Deadline Deadline, CancellationToken CancellationToken) call) =>
        call.Model.AskAsync(call.Ranking.Ask(call.Question, call.Deadline.Remaining), call.CancellationToken);
}
