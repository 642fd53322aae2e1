using Orleans.Runtime;
using Orleans.Runtime.Messaging;
using Personalization.Churn;
using Personalization.Events;
using Personalization.Items;
using Personalization.Models;
using Personalization.Operations;
using Personalization.Recommendations;
using Personalization.Users;
using Polly;
using Polly.Retry;

namespace Personalization.Client;

/// <summary>Talks to the silos and to Kafka directly: for programs inside the cluster's network, such as the gateway.</summary>
/// <param name="grains">The way to the silos.</param>
/// <param name="stream">The way to Kafka.</param>
/// <param name="time">Real time.</param>
/// <param name="local">Shelves of the silo in this process, or null when there is none.</param>
internal sealed class ClusterPersonalizationClient(IGrainFactory grains, IStreamProducer stream, TimeProvider time, ILocalShelves? local = null) : IPersonalizationClient
{
    private const int RememberedUsers = 100_000;

    // Orleans sends a key's calls to one silo: of the reads that any silo answers, one that hangs holds a share only.
    private const uint Keys = 8;

    // What an answer may take beyond its own timeout: the way there and back, or a row that is read first. A grain that cannot answer at all, as its
    // database hangs, would hold the caller for as long as Orleans waits.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    // Of a read that has no timeout of its own: as long as a silo waits for what rises, before it answers what it knew.
    private static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(2);

    // A silo that leaves takes the calls on their way to it along; every read (and an erasure) may be asked again, elsewhere. What a grain itself
    // throws is an answer, and would be the same again.
    private static readonly ResiliencePipeline Retrying = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = 3,
            Delay = TimeSpan.FromMilliseconds(50),
            BackoffType = DelayBackoffType.Exponential,
            ShouldHandle = static outcome => new ValueTask<bool>(outcome.Outcome.Exception is { } e && IsLostOnItsWay(e)),
        })
        .Build();

    private readonly UserAddresses _users = new(grains);
    private readonly VersionMemory _versions = new(RememberedUsers);
    private uint _asked;

    private ICatalogGrain Catalog => Any<ICatalogGrain>();

    public async Task<string> TrackAsync(BehaviorEvent behaviorEvent, CancellationToken cancellationToken)
    {
        var version = (await stream.SendAsync(behaviorEvent, cancellationToken)).ToString();
        _versions.Set(behaviorEvent.UserId, version);
        return version;
    }

    public async Task<IReadOnlyList<string>> TrackAsync(IReadOnlyList<BehaviorEvent> events, CancellationToken cancellationToken) =>
        await Task.WhenAll(events.Select(behaviorEvent => TrackAsync(behaviorEvent, cancellationToken)));

    public Task<RecommendationResponse> RecommendAsync(string userId, RecommendationRequest request, CancellationToken cancellationToken)
    {
        var sent = SendStamp.Now(time);
        var question = request with { MinVersion = request.MinVersion ?? _versions.Get(userId), Sent = sent };
        return AskAsync(
            token => local is null ? User(userId).Recommend(question, token) : local.RecommendAsync(userId, User(userId), question, token),
            request.Timeout,
            cancellationToken);
    }

    public Task<RankResponse> RankAsync(string userId, RankRequest request, CancellationToken cancellationToken)
    {
        var sent = SendStamp.Now(time);
        return AskAsync(
            token => User(userId).Rank(request with { MinVersion = request.MinVersion ?? _versions.Get(userId), Sent = sent }, token),
            request.Timeout,
            cancellationToken);
    }

    public Task<UserProfile> GetProfileAsync(string userId, UserQuery query, CancellationToken cancellationToken) =>
        AskAsync(token => User(userId).GetProfile(WithVersion(userId, query)).WaitAsync(token), query.Timeout, cancellationToken);

    public Task<HistoryPage> GetHistoryAsync(string userId, HistoryQuery query, CancellationToken cancellationToken) =>
        AskAsync(
            token => User(userId).GetHistory(query with { MinVersion = query.MinVersion ?? _versions.Get(userId) }).WaitAsync(token),
            query.Timeout,
            cancellationToken);

    public Task<ChurnStatus> GetChurnAsync(string userId, UserQuery query, CancellationToken cancellationToken) =>
        AskAsync(token => User(userId).GetChurn(WithVersion(userId, query), token), query.Timeout, cancellationToken);

    public async Task EraseAsync(string userId, CancellationToken cancellationToken)
    {
        await Retrying.ExecuteAsync(async token => await User(userId).Erase().WaitAsync(token), cancellationToken);
        _versions.Forget(userId);
    }

    public Task<Item?> GetItemAsync(string itemId, CancellationToken cancellationToken) =>
        AskAsync(token => Catalog.Get(itemId).AsTask().WaitAsync(token), UsualTimeout, cancellationToken);

    public Task PutItemAsync(Item item, CancellationToken cancellationToken) => stream.PutItemAsync(item, cancellationToken);

    public Task RemoveItemAsync(string itemId, CancellationToken cancellationToken) => stream.RemoveItemAsync(itemId, cancellationToken);

    public Task<ItemList?> SimilarAsync(string itemId, int count, CancellationToken cancellationToken) =>
        AskAsync(token => Catalog.Similar(itemId, count, token).AsTask(), UsualTimeout, cancellationToken);

    public Task<ItemList> TrendingAsync(int count, TimeSpan window, string? category, CancellationToken cancellationToken) =>
        AskAsync(token => Catalog.Trending(count, window, category).AsTask().WaitAsync(token), UsualTimeout, cancellationToken);

    public async Task<IReadOnlyList<CategoryCount>> GetCategoriesAsync(CancellationToken cancellationToken) =>
        await AskAsync(token => Catalog.Categories().AsTask().WaitAsync(token), UsualTimeout, cancellationToken);

    public Task<ClusterStatus> GetClusterAsync(CancellationToken cancellationToken) =>
        AskAsync(token => Any<IClusterGrain>().GetStatus().WaitAsync(token), UsualTimeout, cancellationToken);

    public Task ActivateModelAsync(ModelRef model, CancellationToken cancellationToken) =>
        grains.GetGrain<IModelGrain>(0).SetDesired(model).AsTask().WaitAsync(cancellationToken);

    public Task ChallengeModelAsync(ModelChallenge? challenge, CancellationToken cancellationToken) =>
        grains.GetGrain<IModelGrain>(0).SetChallenge(challenge).AsTask().WaitAsync(cancellationToken);

    private static async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        try
        {
            return await ask(cancellationToken);
        }
        catch (Exception e) when (IsLostOnItsWay(e))
        {
            return await Retrying.ExecuteAsync(async token => await ask(token), cancellationToken);
        }
    }

    private Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask, TimeSpan timeout, CancellationToken cancellationToken) =>
        ReadTime.AskAsync(token => AskAsync(ask, token), timeout, Grace, time, cancellationToken);

    private static bool IsLostOnItsWay(Exception exception) => exception is OrleansMessageRejectionException or ConnectionFailedException;

    private TGrain Any<TGrain>()
        where TGrain : IGrainWithIntegerKey => grains.GetGrain<TGrain>(Interlocked.Increment(ref _asked) % Keys);

    private IUserGrain User(string userId) => _users.Of(userId);

    private UserQuery WithVersion(string userId, UserQuery query) => query with { MinVersion = query.MinVersion ?? _versions.Get(userId) };
}
