using Personalization.Churn;
using Personalization.Events;
using Personalization.Items;
using Personalization.Models;
using Personalization.Operations;
using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Client;

/// <summary>
/// The whole system for a .NET program. Reads of a user carry the version of the last event this client sent for that user, unless the
/// request names one, so that an answer always knows the caller's own clicks. A user's read (timeout: 1 ms to 10 s, others
/// count as the nearest) that has no answer a second after its timeout, over HTTP two, throws <see cref="TimeoutException"/>. Thread-safe.
/// </summary>
public interface IPersonalizationClient
{
    /// <summary>Sends one event.</summary>
    /// <param name="behaviorEvent">The event.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Its version token; throws <see cref="StreamUnavailableException"/> when the stream does not take it.</returns>
    Task<string> TrackAsync(BehaviorEvent behaviorEvent, CancellationToken cancellationToken = default);

    /// <summary>Sends events together.</summary>
    /// <param name="events">At most 1,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>A version token an event, in order.</returns>
    Task<IReadOnlyList<string>> TrackAsync(IReadOnlyList<BehaviorEvent> events, CancellationToken cancellationToken = default);

    /// <summary>The shopper's shelf.</summary>
    /// <param name="userId">The shopper.</param>
    /// <param name="request">What is wanted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The shelf.</returns>
    Task<RecommendationResponse> RecommendAsync(string userId, RecommendationRequest request, CancellationToken cancellationToken = default);

    /// <summary>The caller's items in the shopper's order.</summary>
    /// <param name="userId">The shopper.</param>
    /// <param name="request">The items.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The order.</returns>
    Task<RankResponse> RankAsync(string userId, RankRequest request, CancellationToken cancellationToken = default);

    /// <summary>Who the shopper is.</summary>
    /// <param name="userId">The shopper.</param>
    /// <param name="query">Version and timeout.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The profile.</returns>
    Task<UserProfile> GetProfileAsync(string userId, UserQuery query, CancellationToken cancellationToken = default);

    /// <summary>The stored sequence.</summary>
    /// <param name="userId">The shopper.</param>
    /// <param name="query">The page.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Newest first.</returns>
    Task<HistoryPage> GetHistoryAsync(string userId, HistoryQuery query, CancellationToken cancellationToken = default);

    /// <summary>The shopper's churn, scored now.</summary>
    /// <param name="userId">The shopper.</param>
    /// <param name="query">Version and timeout.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The status.</returns>
    Task<ChurnStatus> GetChurnAsync(string userId, UserQuery query, CancellationToken cancellationToken = default);

    /// <summary>Erases the shopper.</summary>
    /// <param name="userId">The shopper.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Completes when durable.</returns>
    Task EraseAsync(string userId, CancellationToken cancellationToken = default);

    /// <summary>One item.</summary>
    /// <param name="itemId">The item.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The item, or null.</returns>
    Task<Item?> GetItemAsync(string itemId, CancellationToken cancellationToken = default);

    /// <summary>Adds or replaces an item; it can be recommended within a second.</summary>
    /// <param name="item">The item.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Completes when the stream has it.</returns>
    Task PutItemAsync(Item item, CancellationToken cancellationToken = default);

    /// <summary>Removes an item.</summary>
    /// <param name="itemId">The item.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Completes when the stream has it.</returns>
    Task RemoveItemAsync(string itemId, CancellationToken cancellationToken = default);

    /// <summary>Related items.</summary>
    /// <param name="itemId">The item.</param>
    /// <param name="count">1-100.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The list, or null for an unknown item.</returns>
    Task<ItemList?> SimilarAsync(string itemId, int count, CancellationToken cancellationToken = default);

    /// <summary>What rises now.</summary>
    /// <param name="count">1-100.</param>
    /// <param name="window">Shop time, at most <see cref="TrendingWindow.Longest"/>; lengthened to the next of a few that all callers share.</param>
    /// <param name="category">Only this category, or null.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The list.</returns>
    Task<ItemList> TrendingAsync(int count, TimeSpan window, string? category, CancellationToken cancellationToken = default);

    /// <summary>The categories, largest first.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Names and counts.</returns>
    Task<IReadOnlyList<CategoryCount>> GetCategoriesAsync(CancellationToken cancellationToken = default);

    /// <summary>What each silo does and serves.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The status.</returns>
    Task<ClusterStatus> GetClusterAsync(CancellationToken cancellationToken = default);

    /// <summary>Chooses the model of the cluster; silos converge within seconds.</summary>
    /// <param name="model">A package that a silo has.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Completes when the choice is durable.</returns>
    Task ActivateModelAsync(ModelRef model, CancellationToken cancellationToken = default);

    /// <summary>Tries a model beside the chosen one: it is compared, and answers a share of the shoppers.</summary>
    /// <param name="challenge">The model and its share; null ends the trial.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Completes when the choice is durable; silos converge within seconds.</returns>
    Task ChallengeModelAsync(ModelChallenge? challenge, CancellationToken cancellationToken = default);
}
