using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Personalization.Churn;
using Personalization.Items;
using Personalization.Operations;
using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Client.Tests;

/// <summary>A grain whose database hangs never answers: its callers had waited for half a minute, whatever their timeout was.</summary>
public sealed class ClusterClientTimeoutTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly FakeTimeProvider _time = new();
    private readonly IGrainFactory _grains = Substitute.For<IGrainFactory>();
    private readonly ClusterPersonalizationClient _client;

    public ClusterClientTimeoutTests()
    {
        var user = Substitute.For<IUserGrain>();
        // A call with a token ends with it, as the runtime sees to; one without never does.
        user.Recommend(Arg.Any<RecommendationRequest>(), Arg.Any<CancellationToken>()).Returns(call => Never<RecommendationResponse>(call.Arg<CancellationToken>()));
        user.Rank(Arg.Any<RankRequest>(), Arg.Any<CancellationToken>()).Returns(call => Never<RankResponse>(call.Arg<CancellationToken>()));
        user.GetChurn(Arg.Any<UserQuery>(), Arg.Any<CancellationToken>()).Returns(call => Never<ChurnStatus>(call.Arg<CancellationToken>()));
        user.GetProfile(Arg.Any<UserQuery>()).Returns(_ => Never<UserProfile>(default));
        user.GetHistory(Arg.Any<HistoryQuery>()).Returns(_ => Never<HistoryPage>(default));
        _grains.GetGrain<IUserGrain>("u1").Returns(user);
        _grains.GetGrain<ICatalogGrain>(Arg.Any<long>()).Returns(new SilentCatalog());
        var cluster = Substitute.For<IClusterGrain>();
        cluster.GetStatus().Returns(_ => Never<ClusterStatus>(default));
        _grains.GetGrain<IClusterGrain>(Arg.Any<long>()).Returns(cluster);
        _client = new ClusterPersonalizationClient(_grains, Substitute.For<IStreamProducer>(), _time);
    }

    public static TheoryData<string> Reads => ["recommend", "rank", "profile", "history", "churn"];

    public static TheoryData<string> ReadsWithoutATimeout => ["item", "similar", "trending", "categories", "cluster"];

    [Theory]
    [MemberData(nameof(Reads))]
    public async Task A_read_that_is_never_answered_ends_a_second_after_its_timeout(string name)
    {
        var read = ReadAsync(name, Timeout, CancellationToken.None);

        _time.Advance(Timeout + TimeSpan.FromMilliseconds(999));
        read.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await Should.ThrowAsync<TimeoutException>(() => read).WaitAsync(Patience);
    }

    /// <summary>Each held its permit of the gateway for half a minute: a silo that hung made it refuse everybody's shelves.</summary>
    [Theory]
    [MemberData(nameof(ReadsWithoutATimeout))]
    public async Task Another_read_that_is_never_answered_ends_after_three_seconds(string name)
    {
        var read = ReadAsync(name, default, CancellationToken.None);

        _time.Advance(TimeSpan.FromMilliseconds(2_999));
        read.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await Should.ThrowAsync<TimeoutException>(() => read).WaitAsync(Patience);
    }

    [Fact]
    public void Reads_that_any_silo_answers_go_to_several()
    {
        for (var i = 0; i < 8; i++)
        {
            _ = ReadAsync("item", default, CancellationToken.None);
        }

        _grains.ReceivedCalls().Select(call => call.GetArguments()[0]).OfType<long>().Distinct().Count().ShouldBe(8);
    }

    [Fact]
    public async Task A_timeout_that_no_grain_takes_counts_as_the_longest()
    {
        var read = ReadAsync("recommend", TimeSpan.MaxValue, CancellationToken.None);

        _time.Advance(TimeSpan.FromSeconds(11));
        await Should.ThrowAsync<TimeoutException>(() => read).WaitAsync(Patience);
    }

    [Theory]
    [MemberData(nameof(Reads))]
    [MemberData(nameof(ReadsWithoutATimeout))]
    public async Task A_caller_that_gives_up_is_let_go_at_once(string name)
    {
        using var caller = new CancellationTokenSource();
        var read = ReadAsync(name, Timeout, caller.Token);

        await caller.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => read.WaitAsync(Patience));
    }

    private Task ReadAsync(string name, TimeSpan timeout, CancellationToken cancellationToken) => name switch
    {
        "recommend" => _client.RecommendAsync("u1", new RecommendationRequest { Timeout = timeout }, cancellationToken),
        "rank" => _client.RankAsync("u1", new RankRequest { ItemIds = ["i1"], Timeout = timeout }, cancellationToken),
        "profile" => _client.GetProfileAsync("u1", new UserQuery { Timeout = timeout }, cancellationToken),
        "history" => _client.GetHistoryAsync("u1", new HistoryQuery { Timeout = timeout }, cancellationToken),
        "churn" => _client.GetChurnAsync("u1", new UserQuery { Timeout = timeout }, cancellationToken),
        "item" => _client.GetItemAsync("i1", cancellationToken),
        "similar" => _client.SimilarAsync("i1", 5, cancellationToken),
        "trending" => _client.TrendingAsync(5, TimeSpan.FromHours(1), null, cancellationToken),
        "categories" => _client.GetCategoriesAsync(cancellationToken),
        _ => _client.GetClusterAsync(cancellationToken),
    };

    private static Task<T> Never<T>(CancellationToken cancellationToken) => new TaskCompletionSource<T>().Task.WaitAsync(cancellationToken);

    private sealed class SilentCatalog : ICatalogGrain
    {
        public ValueTask<Item?> Get(string itemId) => new(Never<Item?>(default));

        public ValueTask<ItemList?> Similar(string itemId, int count, CancellationToken cancellationToken) => new(Never<ItemList?>(cancellationToken));

        public ValueTask<ItemList> Trending(int count, TimeSpan window, string? category) => new(Never<ItemList>(default));

        public ValueTask<CategoryCount[]> Categories() => new(Never<CategoryCount[]>(default));
    }
}
