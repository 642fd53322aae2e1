using System.Net;
using System.Text;
using System.Text.Json;
using NSubstitute;
using Personalization.Events;
using Personalization.Testing;
using Personalization.Users;

namespace Personalization.GatewayTests;

public sealed class ConcurrencyLimitsTests : IAsyncLifetime
{
    private readonly TaskCompletionSource<UserProfile> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _gateway = await GatewayUnderTest.StartAsync(options => (options.MaxConcurrentRequests, options.MaxConcurrentWrites, options.MaxLiveStreams) = (1, 1, 1));
        _gateway.Client.GetProfileAsync("slow", Arg.Any<UserQuery>(), Arg.Any<CancellationToken>()).Returns(_answer.Task);
    }

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    [Theory]
    [InlineData("/v1/users/slow")]
    [InlineData("/V1/Users/slow")]
    public async Task A_request_too_many_is_refused_however_its_path_is_spelt(string path)
    {
        var slow = GetAsync("/V1/USERS/slow");
        await Wait.UntilAsync(() => _gateway.Client.ReceivedCalls().Any(), "the slow request is under way");

        using var refused = await GetAsync(path);

        await IsTooManyAsync(refused, "requests");
        _answer.SetResult(new UserProfile { UserId = "slow" });
        using var answered = await slow;
        answered.StatusCode.ShouldBe(HttpStatusCode.OK);
        await IsFreeAgainAsync(path);
    }

    [Theory]
    [InlineData("/v1/stream")]
    [InlineData("/v1/Stream")]
    public async Task Live_streams_have_a_limit_of_their_own(string path)
    {
        using (var stream = await GetAsync(path))
        {
            stream.StatusCode.ShouldBe(HttpStatusCode.OK);

            using var refused = await GetAsync("/v1/stream");
            using var request = await GetAsync("/v1/users/u");

            await IsTooManyAsync(refused, "live streams");
            request.StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        await IsFreeAgainAsync(path);
    }

    /// <summary>While Kafka was away, events that waited for it took the place of shelves.</summary>
    [Fact]
    public async Task Writes_that_wait_for_Kafka_leave_shelves_alone()
    {
        var kafka = new TaskCompletionSource<IReadOnlyList<string>>(TaskCreationOptions.RunContinuationsAsynchronously);
        _gateway.Client.TrackAsync(Arg.Any<IReadOnlyList<BehaviorEvent>>(), Arg.Any<CancellationToken>()).Returns(kafka.Task);
        var waiting = SendAsync(HttpMethod.Post, "/v1/events", """{"userId":"u","itemId":"i","type":"click"}""");
        await Wait.UntilAsync(() => _gateway.Client.ReceivedCalls().Any(), "the event waits");

        using var asked = await GetAsync("/v1/users/u");
        using var put = await SendAsync(HttpMethod.Put, "/v1/items/i", """{"title":"I"}""");
        using var removed = await SendAsync(HttpMethod.Delete, "/v1/items/i");

        asked.StatusCode.ShouldBe(HttpStatusCode.OK);
        await IsTooManyAsync(put, "writes");
        await IsTooManyAsync(removed, "writes");
        kafka.SetResult(["e.0.0"]);
        using var taken = await waiting;
        taken.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    // A place is given back when the request is over here, which is after its last byte was there.
    private Task IsFreeAgainAsync(string path) => Wait.UntilAsync(
        async () =>
        {
            using var next = await GetAsync(path);
            return next.StatusCode == HttpStatusCode.OK;
        },
        $"{path} is answered again");

    private static async Task IsTooManyAsync(HttpResponseMessage answer, string what)
    {
        answer.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        answer.Headers.RetryAfter.ShouldNotBeNull();
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        problem.GetProperty("type").GetString().ShouldBe("https://personalization.dev/problems/too-many-requests");
        problem.GetProperty("detail").GetString()!.ShouldContain("1 " + what);
        problem.TryGetProperty("traceId", out _).ShouldBeTrue();
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? json = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json") };
        return await _gateway.Http.SendAsync(request).WaitAsync(TimeSpan.FromSeconds(10));
    }

    private Task<HttpResponseMessage> GetAsync(string path) =>
        _gateway.Http.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead).WaitAsync(TimeSpan.FromSeconds(10));
}
