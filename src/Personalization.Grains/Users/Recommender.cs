using Personalization.Catalog;
using Personalization.Inference;
using Personalization.Recommendations;
using Personalization.Time;

namespace Personalization.Users;

/// <summary>Makes a shelf: from the cache, from the model, or without it. One per silo; what belongs to a shopper comes with the call.</summary>
internal sealed class Recommender(
    ModelCaller model, ModelShelf ranking, FallbackShelves fallbacks, IItemCatalog catalog, ShopClock shop, TimeProvider time)
{
    /// <summary>Whether the model cannot answer in time what is asked now.</summary>
    /// <param name="request">What is asked for.</param>
    /// <returns>Whether that is known.</returns>
    public bool IsTooLateFor(RecommendationRequest request) => model.Router.ExpectedTime > RequestRules.Timeout(request.Timeout);

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
        if (user.Shelves.Unchanged(user.Revision, catalog.Revision, request) is not { } last
            || (request.MinVersion is not null && !string.Equals(request.MinVersion, last.Version, StringComparison.Ordinal)))
        {
            return null;
        }

        return new RecommendationResponse
        {
            UserId = user.UserId,
            Version = last.Version,
            RecommendationId = NewId(),
            Source = RecommendationSource.LastGood,
            FallbackReason = reason,
            Items = last.Items.Length > request.Count ? last.Items[..request.Count] : last.Items,
            Timings = new ServerTimings { Grain = elapsed.TotalMilliseconds },
        };
    }

    /// <summary>Makes a shelf. Everything is read from the state before the first wait, so the answer is of one version.</summary>
    /// <param name="user">The shopper.</param>
    /// <param name="request">What is asked for; valid.</param>
    /// <param name="deadline">When it is due.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The shelf, without what the wait for a version adds.</returns>
    public async ValueTask<RecommendationResponse> RecommendAsync(UserView user, RecommendationRequest request, Deadline deadline, CancellationToken cancellationToken)
    {
        var key = new ShelfKey(user.Revision, model.Router.Model, catalog.Revision, request);
        if (user.Shelves.Get(key) is { } cached)
        {
            return cached with { RecommendationId = NewId(), Stale = false, Timings = new ServerTimings { Cached = true } };
        }

        var question = new ShelfQuestion(user, request, model.Router.MaxLength, shop.GetUtcNow());
        if (question.Model.Events.Length == 0)
        {
            return await fallbacks.MakeAsync(question, user.State.IsKnown ? FallbackReason.EmptyHistory : FallbackReason.UnknownUser, deadline, cancellationToken);
        }

        if (Refusal(deadline) is { } refusal)
        {
            return await fallbacks.MakeAsync(question, refusal, deadline, cancellationToken);
        }

        var answer = await AskOnceAsync(user.Shelves, key, question, deadline, cancellationToken);
        user.Shelves.Answered();
        if (answer.Status != InferenceStatus.Ok)
        {
            return await fallbacks.MakeAsync(question, ModelCaller.ReasonOf(answer.Status), deadline, cancellationToken);
        }

        var started = time.GetTimestamp();
        var items = ranking.Rank(question, answer);
        if (items.Length == 0)
        {
            return await fallbacks.MakeAsync(question, FallbackReason.NoEligibleItems, deadline, cancellationToken);
        }

        var shelf = new RecommendationResponse
        {
            UserId = user.UserId,
            Version = question.Version,
            RecommendationId = NewId(),
            Model = answer.Model,
            Source = RecommendationSource.Model,
            Items = fallbacks.Fill(question, items),
            Churn = answer.Churn,
            Timings = new ServerTimings { Queue = answer.QueueMs, Inference = answer.RunMs, Ranking = time.GetElapsedTime(started).TotalMilliseconds },
        };
        user.Shelves.Put(key, shelf);
        return shelf;
    }

    // Why the model need not be asked, as far as that is known beforehand.
    private FallbackReason? Refusal(Deadline deadline)
    {
        var expected = model.Router.ExpectedTime;
        return deadline.Remaining > expected ? null : expected == TimeSpan.MaxValue ? FallbackReason.Overload : FallbackReason.Deadline;
    }

    // Who asks for what is being asked already shares the run.
    private Task<InferenceResult> AskOnceAsync(
        ShelfCache shelves, ShelfKey key, ShelfQuestion question, Deadline deadline, CancellationToken cancellationToken) =>
        shelves.Asked(key) is { } asked
            ? ShareAsync(asked, shelves, key, question, deadline, cancellationToken)
            : AskAsync(shelves, key, question, deadline, cancellationToken);

    // When the shared run is given up or comes to nothing, it asks by itself.
    private async Task<InferenceResult> ShareAsync(
        Task<InferenceResult> asked, ShelfCache shelves, ShelfKey key, ShelfQuestion question, Deadline deadline, CancellationToken cancellationToken)
    {
        try
        {
            var shared = await asked.WaitAsync(deadline.Remaining, time, cancellationToken);
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

        return await AskAsync(shelves, key, question, deadline, cancellationToken);
    }

    private Task<InferenceResult> AskAsync(
        ShelfCache shelves, ShelfKey key, ShelfQuestion question, Deadline deadline, CancellationToken cancellationToken)
    {
        var answer = model.AskAsync(ranking.Ask(question, deadline.Remaining), cancellationToken).AsTask();
        shelves.Ask(key, answer);
        return answer;
    }

    internal static string NewId() => Guid.CreateVersion7().ToString("N");
}
