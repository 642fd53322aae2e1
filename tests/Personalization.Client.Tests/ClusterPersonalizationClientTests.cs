using NSubstitute;
using Orleans.Runtime;
using Orleans.Runtime.Messaging;
using Personalization.Events;
using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Client.Tests;

public sealed class ClusterPersonalizationClientTests
{
    private readonly IUserGrain _user = Substitute.For<IUserGrain>();
    private readonly IGrainFactory _grains = Substitute.For<IGrainFactory>();
    private readonly IStreamProducer _stream = Substitute.For<IStreamProducer>();
    private readonly ClusterPersonalizationClient _client;

    public ClusterPersonalizationClientTests()
    {
        _grains.GetGrain<IUserGrain>("u1").Returns(_user);
        _client = new ClusterPersonalizationClient(_grains, _stream, TimeProvider.System);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RecommendAsync_AfterAClick_AsksForThatClick()
    {
        Delivers("c1").SetResult(new StreamPosition("e", 0, 7));
        (await _client.TrackAsync(SampleEvents.Click("u1", "c1"), Cancelled)).ShouldBe("e.0.7");

        await AssertAsksForAsync("e.0.7");
    }

    /// <summary>Acknowledgements of one batch may be seen in any order: the memory must not go back to an earlier click.</summary>
    [Fact]
    public async Task RecommendAsync_AfterABatchAcknowledgedOutOfOrder_AsksForTheLastClick()
    {
        var first = Delivers("c1");
        var second = Delivers("c2");
        var sent = _client.TrackAsync([SampleEvents.Click("u1", "c1"), SampleEvents.Click("u1", "c2")], Cancelled);
        second.SetResult(new StreamPosition("e", 0, 8));
        first.SetResult(new StreamPosition("e", 0, 7));

        (await sent).ShouldBe(["e.0.7", "e.0.8"]);
        await AssertAsksForAsync("e.0.8");
    }

    [Fact]
    public async Task RecommendAsync_WithAVersionOfItsOwn_AsksForThatVersion()
    {
        Delivers("c1").SetResult(new StreamPosition("e", 0, 7));
        await _client.TrackAsync(SampleEvents.Click("u1", "c1"), Cancelled);
        await _client.RecommendAsync("u1", new RecommendationRequest { MinVersion = "e.0.3" }, Cancelled);

        await _user.Received(1).Recommend(Arg.Is<RecommendationRequest>(r => r.MinVersion == "e.0.3"), Arg.Any<CancellationToken>());
    }

    [Fact]
    public async Task EveryOtherRead_AfterAClick_AsksForThatClickUnlessItNamesAVersion()
    {
        Delivers("c1").SetResult(new StreamPosition("e", 0, 7));
        await _client.TrackAsync(SampleEvents.Click("u1", "c1"), Cancelled);
        foreach (var named in new[] { null, "e.0.3" })
        {
            var expected = named ?? "e.0.7";
            await _client.RankAsync("u1", new RankRequest { ItemIds = ["i"], MinVersion = named }, Cancelled);
            await _client.GetProfileAsync("u1", new UserQuery { MinVersion = named }, Cancelled);
            await _client.GetChurnAsync("u1", new UserQuery { MinVersion = named }, Cancelled);
            await _client.GetHistoryAsync("u1", new HistoryQuery { MinVersion = named }, Cancelled);

            await _user.Received(1).Rank(Arg.Is<RankRequest>(r => r.MinVersion == expected), Arg.Any<CancellationToken>());
            await _user.Received(1).GetProfile(Arg.Is<UserQuery>(q => q.MinVersion == expected));
            await _user.Received(1).GetChurn(Arg.Is<UserQuery>(q => q.MinVersion == expected), Arg.Any<CancellationToken>());
            await _user.Received(1).GetHistory(Arg.Is<HistoryQuery>(q => q.MinVersion == expected));
        }
    }

    [Fact]
    public async Task RecommendAsync_AfterErasure_AsksForNoVersion()
    {
        Delivers("c1").SetResult(new StreamPosition("e", 0, 7));
        await _client.TrackAsync(SampleEvents.Click("u1", "c1"), Cancelled);
        await _client.EraseAsync("u1", Cancelled);

        await _user.Received(1).Erase();
        await AssertAsksForAsync(null);
    }

    [Fact]
    public async Task TrackAsync_WithoutKafka_SaysSo()
    {
        Delivers("c1").SetException(new StreamUnavailableException("gone"));

        await Should.ThrowAsync<StreamUnavailableException>(() => _client.TrackAsync(SampleEvents.Click("u1", "c1"), Cancelled));
        await AssertAsksForAsync(null);
    }

    [Fact]
    public async Task RecommendAsync_WhenTheSiloGoesAway_AsksAgain()
    {
        _user.Recommend(Arg.Any<RecommendationRequest>(), Arg.Any<CancellationToken>()).Returns(
            _ => Task.FromException<RecommendationResponse>(new SiloUnavailableException()),
            _ => Task.FromException<RecommendationResponse>(new ConnectionFailedException("gone")),
            _ => Task.FromResult(new RecommendationResponse { UserId = "u1", RecommendationId = "r1" }));

        (await _client.RecommendAsync("u1", new RecommendationRequest(), Cancelled)).RecommendationId.ShouldBe("r1");
        await _user.Received(3).Recommend(Arg.Any<RecommendationRequest>(), Arg.Any<CancellationToken>());
    }

    [Fact]
    public async Task RecommendAsync_WhenTheGrainItselfFails_AsksOnce()
    {
        _user.Recommend(Arg.Any<RecommendationRequest>(), Arg.Any<CancellationToken>())
            .Returns(Task.FromException<RecommendationResponse>(new InvalidOperationException("a mistake")));

        await Should.ThrowAsync<InvalidOperationException>(() => _client.RecommendAsync("u1", new RecommendationRequest(), Cancelled));
        await _user.Received(1).Recommend(Arg.Any<RecommendationRequest>(), Arg.Any<CancellationToken>());
    }

    [Fact]
    public async Task RecommendAsync_BesideASilo_TakesItsShelves()
    {
        var local = Substitute.For<ILocalShelves>();
        var client = new ClusterPersonalizationClient(_grains, _stream, TimeProvider.System, local);
        await client.RecommendAsync("u1", new RecommendationRequest { Count = 3 }, Cancelled);

        await local.Received(1).RecommendAsync("u1", _user, Arg.Is<RecommendationRequest>(r => r.Count == 3 && r.Sent != null), Arg.Any<CancellationToken>());
    }

    private TaskCompletionSource<StreamPosition> Delivers(string eventId)
    {
        var delivery = new TaskCompletionSource<StreamPosition>();
        _stream.SendAsync(Arg.Is<BehaviorEvent>(e => e.EventId == eventId), Arg.Any<CancellationToken>()).Returns(delivery.Task);
        return delivery;
    }

    private async Task AssertAsksForAsync(string? version)
    {
        await _client.RecommendAsync("u1", new RecommendationRequest(), Cancelled);
        await _user.Received(1).Recommend(Arg.Is<RecommendationRequest>(r => r.MinVersion == version), Arg.Any<CancellationToken>());
    }
}
