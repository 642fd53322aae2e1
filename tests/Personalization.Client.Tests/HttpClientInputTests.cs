using System.Net;
using System.Text.Json;
using Personalization.Items;
using Personalization.Models;
using Personalization.Recommendations;
using Personalization.Users;

namespace Personalization.Client.Tests;

/// <summary>What HTTP cannot carry as it is.</summary>
public sealed class HttpClientInputTests : IDisposable
{
    private readonly AnsweringHandler _gateway = new();
    private readonly HttpClient _http;
    private readonly HttpPersonalizationClient _client;

    public HttpClientInputTests()
    {
        _http = new HttpClient(_gateway) { BaseAddress = new Uri("http://gateway/") };
        _client = new HttpPersonalizationClient(_http);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _http.Dispose();

    /// <summary>An address takes its dot segments out: erasing the user <c>..</c> would have been a DELETE of something else.</summary>
    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    public async Task An_id_of_dots_is_refused_before_anything_is_sent(string id)
    {
        Func<Task>[] calls =
        [
            () => _client.RecommendAsync(id, new RecommendationRequest(), Cancelled),
            () => _client.RankAsync(id, new RankRequest { ItemIds = ["i"] }, Cancelled),
            () => _client.GetProfileAsync(id, new UserQuery(), Cancelled),
            () => _client.GetHistoryAsync(id, new HistoryQuery(), Cancelled),
            () => _client.GetChurnAsync(id, new UserQuery(), Cancelled),
            () => _client.EraseAsync(id, Cancelled),
            () => _client.GetItemAsync(id, Cancelled),
            () => _client.PutItemAsync(new Item { ItemId = id, Title = "t" }, Cancelled),
            () => _client.RemoveItemAsync(id, Cancelled),
            () => _client.SimilarAsync(id, 3, Cancelled),
            () => _client.ActivateModelAsync(new ModelRef("shop", id), Cancelled),
            () => _client.ChallengeModelAsync(new ModelChallenge(new ModelRef(id, "2"), 0), Cancelled),
        ];

        foreach (var call in calls)
        {
            await Should.ThrowAsync<ArgumentException>(call);
        }

        _gateway.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Properties_with_line_breaks_stay_in_the_line_of_their_event()
    {
        _gateway.Answer(HttpStatusCode.OK, """{"accepted":2,"rejected":0,"results":[{"index":0,"accepted":true,"version":"e.0.7"},{"index":1,"accepted":true,"version":"e.0.8"}]}""");
        await _client.TrackAsync(
            [SampleEvents.Click("u1", "c1") with { Properties = "{\r\n  \"page\": \"home\"\n}" }, SampleEvents.Click("u1", "c2")], Cancelled);

        var lines = _gateway.Asked[0].Body.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(2);
        JsonDocument.Parse(lines[0]).RootElement.GetProperty("properties").GetProperty("page").GetString().ShouldBe("home");
    }

    [Fact]
    public async Task An_answer_about_an_event_that_was_not_sent_is_left_aside()
    {
        _gateway.Answer(HttpStatusCode.OK, """{"accepted":2,"rejected":0,"results":[{"index":0,"accepted":true,"version":"e.0.7"},{"index":1,"accepted":true,"version":"e.0.8"}]}""");
        _gateway.Answer(HttpStatusCode.OK, """{"userId":"u1","recommendationId":"r1","source":"trending","items":[]}""");
        (await _client.TrackAsync([SampleEvents.Click("u1", "c1")], Cancelled))[0].ShouldBe("e.0.7");
        await _client.RecommendAsync("u1", new RecommendationRequest(), Cancelled);

        _gateway.Asked[1].PathAndQuery.ShouldContain("&minVersion=e.0.7");
    }
}
