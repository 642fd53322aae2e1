using Personalization.Churn;
using Personalization.Events;
using Personalization.Recommendations;

namespace Personalization.Users;

/// <summary>One shopper: owns the behaviour sequence and answers from it. Key = user id. Reads interleave with appends.</summary>
[Alias("personalization.user-grain")]
public interface IUserGrain : IGrainWithStringKey
{
    /// <summary>Applies events. What was seen before (by position or event id) is dropped.</summary>
    /// <param name="batch">Events of this user.</param>
    /// <returns>Completes when their effect and the position are durable; after a failure the same batch is to be sent again.</returns>
    [Alias("append")]
    Task<AppendResult> Append(EventBatch batch);

    /// <summary>The shopper's shelf; never empty while the catalogue has an eligible item.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The shelf.</returns>
    [Alias("recommend")]
    Task<RecommendationResponse> Recommend(RecommendationRequest request, CancellationToken cancellationToken);

    /// <summary>Orders the caller's items.</summary>
    /// <param name="request">The items.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The order.</returns>
    [Alias("rank")]
    Task<RankResponse> Rank(RankRequest request, CancellationToken cancellationToken);

    /// <summary>Who the shopper is.</summary>
    /// <param name="query">minVersion and timeout.</param>
    /// <returns>The profile; empty for an unknown user.</returns>
    [Alias("profile")]
    Task<UserProfile> GetProfile(UserQuery query);

    /// <summary>The stored sequence.</summary>
    /// <param name="query">The page.</param>
    /// <returns>Newest first.</returns>
    [Alias("history")]
    Task<HistoryPage> GetHistory(HistoryQuery query);

    /// <summary>Churn, scored now.</summary>
    /// <param name="query">minVersion and timeout.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The status.</returns>
    [Alias("churn")]
    Task<ChurnStatus> GetChurn(UserQuery query, CancellationToken cancellationToken);

    /// <summary>Called by a sweeper when the stored state crosses the threshold: scores again from the grain's own state, warns at most once, plans the next check.</summary>
    /// <returns>Whether a warning was published.</returns>
    [Alias("check-churn")]
    Task<bool> CheckChurn();

    /// <summary>Erases the shopper. What was streamed before does not bring anything back; new events start afresh.</summary>
    /// <returns>Completes when durable.</returns>
    [Alias("erase")]
    Task Erase();

    /// <summary>Sends shelves to a watcher when the state changes. Renew within <see cref="WatchDuration"/>.</summary>
    /// <param name="watcher">The watcher.</param>
    /// <param name="request">The shelf it wants.</param>
    /// <returns>Completes when the watcher is known.</returns>
    [Alias("watch")]
    Task Watch(IUserWatcher watcher, RecommendationRequest request);

    /// <summary>Ends a watch.</summary>
    /// <param name="watcher">The watcher.</param>
    /// <returns>Completes when it is forgotten.</returns>
    [Alias("unwatch")]
    Task Unwatch(IUserWatcher watcher);

    /// <summary>How long a watch lasts unless renewed.</summary>
    static TimeSpan WatchDuration => TimeSpan.FromMinutes(2);
}
