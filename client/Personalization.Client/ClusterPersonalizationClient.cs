using Personalization.Churn;
using Personalization.Events;
using Personalization.Items;
using Personalization.Models;
using Personalization.Operations;
using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Client;

/// <summary>Talks to the silos and to Kafka directly: for programs inside the cluster's network, such as the gateway.</summary>
internal sealed class ClusterPersonalizationClient(IGrainFactory grains, IStreamProducer stream) : IPersonalizationClient
{
    private const int RememberedUsers = 100_000;
    private readonly VersionMemory _versions = new(RememberedUsers);

    private ICatalogGrain Catalog => grains.GetGrain<ICatalogGrain>(0);

    public async Task<string> TrackAsync(BehaviorEvent behaviorEvent, CancellationToken cancellationToken)
    {
        var version = (await stream.SendAsync(behaviorEvent, cancellationToken)).ToString();
        _versions.Set(behaviorEvent.UserId, version);
        return version;
    }

    public async Task<IReadOnlyList<string>> TrackAsync(IReadOnlyList<BehaviorEvent> events, CancellationToken cancellationToken) =>
        await Task.WhenAll(events.Select(behaviorEvent => TrackAsync(behaviorEvent, cancellationToken)));

    public Task<RecommendationResponse> RecommendAsync(string userId, RecommendationRequest request, CancellationToken cancellationToken) =>
        User(userId).Recommend(request with { MinVersion = request.MinVersion ?? _versions.Get(userId) }, cancellationToken);

    public Task<RankResponse> RankAsync(string userId, RankRequest request, CancellationToken cancellationToken) =>
        User(userId).Rank(request with { MinVersion = request.MinVersion ?? _versions.Get(userId) }, cancellationToken);

    public Task<UserProfile> GetProfileAsync(string userId, UserQuery query, CancellationToken cancellationToken) =>
        User(userId).GetProfile(WithVersion(userId, query)).WaitAsync(cancellationToken);

    public Task<HistoryPage> GetHistoryAsync(string userId, HistoryQuery query, CancellationToken cancellationToken) =>
        User(userId).GetHistory(query with { MinVersion = query.MinVersion ?? _versions.Get(userId) }).WaitAsync(cancellationToken);

    public Task<ChurnStatus> GetChurnAsync(string userId, UserQuery query, CancellationToken cancellationToken) =>
        User(userId).GetChurn(WithVersion(userId, query), cancellationToken);

    public async Task EraseAsync(string userId, CancellationToken cancellationToken)
    {
        await User(userId).Erase().WaitAsync(cancellationToken);
        _versions.Forget(userId);
    }

    public Task<Item?> GetItemAsync(string itemId, CancellationToken cancellationToken) => Catalog.Get(itemId).AsTask().WaitAsync(cancellationToken);

    public Task PutItemAsync(Item item, CancellationToken cancellationToken) => stream.PutItemAsync(item, cancellationToken);

    public Task RemoveItemAsync(string itemId, CancellationToken cancellationToken) => stream.RemoveItemAsync(itemId, cancellationToken);

    public Task<ItemList?> SimilarAsync(string itemId, int count, CancellationToken cancellationToken) =>
        Catalog.Similar(itemId, count, cancellationToken).AsTask();

    public Task<ItemList> TrendingAsync(int count, TimeSpan window, string? category, CancellationToken cancellationToken) =>
        Catalog.Trending(count, window, category).AsTask().WaitAsync(cancellationToken);

    public async Task<IReadOnlyList<CategoryCount>> GetCategoriesAsync(CancellationToken cancellationToken) =>
        await Catalog.Categories().AsTask().WaitAsync(cancellationToken);

    public Task<ClusterStatus> GetClusterAsync(CancellationToken cancellationToken) =>
        grains.GetGrain<IClusterGrain>(0).GetStatus().WaitAsync(cancellationToken);

    public Task ActivateModelAsync(ModelRef model, CancellationToken cancellationToken) =>
        grains.GetGrain<IModelGrain>(0).SetDesired(model).AsTask().WaitAsync(cancellationToken);

    private IUserGrain User(string userId) => grains.GetGrain<IUserGrain>(userId);

    private UserQuery WithVersion(string userId, UserQuery query) => query with { MinVersion = query.MinVersion ?? _versions.Get(userId) };
}
