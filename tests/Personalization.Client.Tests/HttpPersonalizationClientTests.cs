using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Personalization.Models;
using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Client.Tests;

public sealed class HttpPersonalizationClientTests : IDisposable
{
    private const string Shelf = """{"userId":"u/1 ü","version":"e.0.7","stale":false,"recommendationId":"r1","source":"trending","items":[]}""";
    private readonly AnsweringHandler _gateway = new();
    private readonly HttpClient _http;
    private readonly HttpPersonalizationClient _client;

    public HttpPersonalizationClientTests()
    {
        _http = new HttpClient(_gateway) { BaseAddress = new Uri("http://gateway/") };
        _client = new HttpPersonalizationClient(_http);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task RecommendAsync_EscapesAndRepeatsParametersAndCarriesTheVersion()
    {
        _gateway.Answer(HttpStatusCode.OK, """{"accepted":1,"rejected":0,"results":[{"index":0,"eventId":"c1","accepted":true,"version":"e.0.7"}]}""");
        _gateway.Answer(HttpStatusCode.OK, Shelf);
        await _client.TrackAsync(SampleEvents.Click("u/1 ü", "c1"), Cancelled);
        var shelf = await _client.RecommendAsync(
            "u/1 ü", new RecommendationRequest { Count = 5, Categories = ["a&b", "c"], IncludeItems = true }, Cancelled);

        shelf.RecommendationId.ShouldBe("r1");
        shelf.Source.ShouldBe(RecommendationSource.Trending);
        _gateway.Asked[0].Body.ShouldContain("\"eventId\":\"c1\"");
        var asked = _gateway.Asked[1].PathAndQuery;
        asked.ShouldStartWith("/v1/users/u%2F1%20%C3%BC/recommendations?count=5&timeoutMs=100");
        asked.ShouldContain("&minVersion=e.0.7");
        asked.ShouldContain("&category=a%26b&category=c");
        asked.ShouldEndWith("&include=items");
    }

    [Theory]
    [InlineData(null, "e.0.7")]
    [InlineData("e.0.3", "e.0.3")]
    public async Task EveryOtherRead_AfterAClick_AsksForThatClickUnlessItNamesAVersion(string? named, string asked)
    {
        _gateway.Answer(HttpStatusCode.OK, """{"accepted":1,"rejected":0,"results":[{"index":0,"eventId":"c1","accepted":true,"version":"e.0.7"}]}""");
        await _client.TrackAsync(SampleEvents.Click("u1", "c1"), Cancelled);
        for (var i = 0; i < 4; i++)
        {
            _gateway.Answer(HttpStatusCode.OK, """{"userId":"u1","recommendationId":"r1"}""");
        }

        await _client.RankAsync("u1", new RankRequest { ItemIds = ["i"], MinVersion = named }, Cancelled);
        await _client.GetProfileAsync("u1", new UserQuery { MinVersion = named }, Cancelled);
        await _client.GetChurnAsync("u1", new UserQuery { MinVersion = named }, Cancelled);
        await _client.GetHistoryAsync("u1", new HistoryQuery { MinVersion = named }, Cancelled);

        JsonNode.Parse(_gateway.Asked[1].Body)!["minVersion"]!.GetValue<string>().ShouldBe(asked);
        _gateway.Asked[2..].ShouldAllBe(read => read.PathAndQuery.Contains($"&minVersion={asked}", StringComparison.Ordinal));
    }

    /// <summary>A request line has 8 KiB at most in Kestrel, and less in some proxies: long lists had been refused.</summary>
    [Fact]
    public async Task RecommendAsync_WithListsTooLongForAQuery_SendsThemAsABody()
    {
        string[] items = [.. Enumerable.Range(0, 1_000).Select(n => $"item {n}")];
        _gateway.Answer(HttpStatusCode.OK, Shelf);
        await _client.RecommendAsync(
            "u/1 ü",
            new RecommendationRequest { Count = 5, MinVersion = "e.0.7", Categories = ["a&b"], ExcludeItems = items, IncludeItems = true },
            Cancelled);

        var (method, path, text) = _gateway.Asked[0];
        method.ShouldBe(HttpMethod.Post);
        path.ShouldBe("/v1/users/u%2F1%20%C3%BC/recommendations");
        var body = JsonNode.Parse(text)!;
        body["count"]!.GetValue<int>().ShouldBe(5);
        body["minVersion"]!.GetValue<string>().ShouldBe("e.0.7");
        body["timeoutMs"]!.GetValue<int>().ShouldBe(100);
        body["category"].Deserialize<string[]>().ShouldBe(["a&b"]);
        body["excludeItem"].Deserialize<string[]>().ShouldBe(items);
        body["include"].Deserialize<string[]>().ShouldBe(["items"]);
    }

    [Theory]
    [InlineData(30, "GET")]
    [InlineData(40, "POST")]
    public async Task RecommendAsync_WithIdsOfAHundredLetters_AsksWithAQueryUpToFourKilobytes(int ids, string method)
    {
        _gateway.Answer(HttpStatusCode.OK, Shelf);
        await _client.RecommendAsync("u1", new RecommendationRequest { ExcludeItems = [.. Enumerable.Repeat(new string('i', 100), ids)] }, Cancelled);

        _gateway.Asked[0].Method.Method.ShouldBe(method);
    }

    /// <summary>What was taken of a partly refused batch is in the stream: a read must still see it.</summary>
    [Fact]
    public async Task TrackAsync_PartlyRefused_ThrowsYetRemembersWhatWasTaken()
    {
        _gateway.Answer(HttpStatusCode.OK, """
            {"accepted":1,"rejected":1,"results":[{"index":0,"eventId":"c1","accepted":true,"version":"e.0.7"},
            {"index":1,"accepted":false,"errors":[{"field":"timestamp","code":"too_far_ahead","message":"The timestamp is too far ahead."}]}]}
            """);
        _gateway.Answer(HttpStatusCode.OK, Shelf);
        var refusal = await Should.ThrowAsync<PersonalizationApiException>(
            () => _client.TrackAsync([SampleEvents.Click("u1", "c1"), SampleEvents.Click("u1", "c2")], Cancelled));
        await _client.RecommendAsync("u1", new RecommendationRequest(), Cancelled);

        refusal.Message.ShouldContain("too far ahead");
        _gateway.Asked[1].PathAndQuery.ShouldContain("&minVersion=e.0.7");
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.07, 7)]
    [InlineData(0.29, 29)]
    [InlineData(1, 100)]
    public async Task ChallengeModelAsync_WithAWholePercent_SendsIt(double share, int percent)
    {
        _gateway.Answer(HttpStatusCode.Accepted, string.Empty);
        await _client.ChallengeModelAsync(new ModelChallenge(new ModelRef("shop", "2"), share), Cancelled);

        _gateway.Asked[0].PathAndQuery.ShouldBe($"/v1/models/shop/2/challenge?percent={percent}");
    }

    /// <summary>It was rounded: a canary of 0.4 % became a shadow that answers nobody.</summary>
    [Theory]
    [InlineData(0.004)]
    [InlineData(0.125)]
    [InlineData(-0.01)]
    [InlineData(1.01)]
    [InlineData(double.NaN)]
    public async Task ChallengeModelAsync_WithAnotherShare_RefusesIt(double share)
    {
        await Should.ThrowAsync<ArgumentException>(() => _client.ChallengeModelAsync(new ModelChallenge(new ModelRef("shop", "2"), share), Cancelled));

        _gateway.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task AnyCall_Refused_ThrowsTheStatusAndTheProblem()
    {
        const string Problem = """{"title":"Kafka is not there","status":503}""";
        _gateway.Answer(HttpStatusCode.ServiceUnavailable, Problem);
        var refusal = await Should.ThrowAsync<PersonalizationApiException>(() => _client.TrackAsync(SampleEvents.Click("u1", "c1"), Cancelled));

        refusal.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refusal.Problem.ShouldBe(Problem);
    }

    [Fact]
    public async Task GetItemAsync_Unknown_IsNull()
    {
        _gateway.Answer(HttpStatusCode.NotFound, """{"title":"No such item","status":404}""");

        (await _client.GetItemAsync("no such", Cancelled)).ShouldBeNull();
        _gateway.Asked[0].PathAndQuery.ShouldBe("/v1/items/no%20such");
    }
}
