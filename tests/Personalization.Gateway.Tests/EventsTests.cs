using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NSubstitute;
using NSubstitute.ExceptionExtensions;
using Personalization.Client;
using Personalization.Events;
using Personalization.Gateway;
using Personalization.TestData;

namespace Personalization.GatewayTests;

public sealed class EventsTests : IAsyncLifetime
{
    private const string Good = """{"eventId":"e1","userId":"u1","itemId":"i1","type":"click"}""";
    private const string Lines = "application/x-ndjson";
    private GatewayUnderTest _gateway = null!;

    /// <summary>All but the array, which over HTTP is a batch of events.</summary>
    public static IEnumerable<TheoryDataRow<string>> Malformed =>
        MalformedEvents.All.Where(malformed => malformed.Name != "array").Select(malformed => new TheoryDataRow<string>(malformed.Name));

    public async ValueTask InitializeAsync()
    {
        _gateway = await GatewayUnderTest.StartAsync(now: MalformedEvents.Now);
        _gateway.Client.TrackAsync(Arg.Any<IReadOnlyList<BehaviorEvent>>(), Arg.Any<CancellationToken>())
            .Returns(call => [.. call.Arg<IReadOnlyList<BehaviorEvent>>().Select((_, i) => $"epoch.0.{i}")]);
    }

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task A_good_event_answers_with_its_version()
    {
        var (status, body) = await PostAsync(Good);

        status.ShouldBe(HttpStatusCode.OK);
        body.GetProperty("accepted").GetInt32().ShouldBe(1);
        body.GetProperty("results")[0].GetProperty("version").GetString().ShouldBe("epoch.0.0");
        body.GetProperty("results")[0].GetProperty("eventId").GetString().ShouldBe("e1");
    }

    [Fact]
    public async Task A_partly_good_array_takes_the_good_and_names_the_faults_of_the_others()
    {
        var (status, body) = await PostAsync($$"""[{{Good}}, {"userId":"u1","itemId":"i1","type":"dance"}, {{Good}}]""");

        status.ShouldBe(HttpStatusCode.OK);
        body.GetProperty("accepted").GetInt32().ShouldBe(2);
        body.GetProperty("rejected").GetInt32().ShouldBe(1);
        var refused = body.GetProperty("results")[1];
        refused.GetProperty("index").GetInt32().ShouldBe(1);
        refused.GetProperty("errors")[0].GetProperty("field").GetString().ShouldBe("type");
        body.GetProperty("results")[2].GetProperty("version").GetString().ShouldBe("epoch.0.1");
    }

    [Fact]
    public async Task Lines_are_events_too()
    {
        var (status, body) = await PostAsync($"{Good}\n\n{Good}\r\n", Lines);

        status.ShouldBe(HttpStatusCode.OK);
        body.GetProperty("accepted").GetInt32().ShouldBe(2);
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task A_malformed_event_is_refused_with_the_field_and_the_reason(string name)
    {
        var malformed = MalformedEvents.All.Single(candidate => candidate.Name == name);
        using var content = new ByteArrayContent(malformed.Bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");

        using var answer = await _gateway.Http.PostAsync(new Uri("/v1/events", UriKind.Relative), content);

        ((int)answer.StatusCode).ShouldBeOneOf(400, 413);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        await _gateway.Client.DidNotReceiveWithAnyArgs().TrackAsync(Arg.Any<IReadOnlyList<BehaviorEvent>>(), Arg.Any<CancellationToken>());
    }

    [Fact]
    public async Task Too_much_is_refused()
    {
        (await PostAsync("[" + string.Join(',', Enumerable.Repeat(Good, 1_001)) + "]")).Status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await PostAsync(new string(' ', 1024 * 1024) + Good)).Status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await PostAsync("[" + string.Join(',', Enumerable.Repeat(Good, 1_000)) + "]")).Status.ShouldBe(HttpStatusCode.OK);
    }

    /// <summary>The server refused from 30,000,000 bytes on, whatever the option said.</summary>
    [Fact]
    public async Task As_much_is_taken_as_the_option_allows_and_then_the_limit_is_named()
    {
        const int most = 32 * 1024 * 1024;
        await using var gateway = await GatewayUnderTest.StartAsync(options => options.MaxBodyBytes = most, now: MalformedEvents.Now, overHttp: true);
        gateway.Client.TrackAsync(Arg.Any<IReadOnlyList<BehaviorEvent>>(), Arg.Any<CancellationToken>()).Returns(["epoch.0.0"]);

        (await PostAsync(Good.PadRight(most, '\n'), Lines, to: gateway)).Status.ShouldBe(HttpStatusCode.OK);
        var (status, body) = await PostAsync(Good.PadRight(most + 1, '\n'), Lines, to: gateway);

        status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        body.GetProperty("detail").GetString()!.ShouldContain($"{most} bytes");
    }

    [Fact]
    public async Task Another_content_type_is_refused() =>
        (await PostAsync(Good, "text/plain")).Status.ShouldBe(HttpStatusCode.UnsupportedMediaType);

    [Fact]
    public async Task A_stream_that_is_not_there_is_a_503_that_says_when_to_come_back()
    {
        _gateway.Client.TrackAsync(Arg.Any<IReadOnlyList<BehaviorEvent>>(), Arg.Any<CancellationToken>())
            .ThrowsAsync(new StreamUnavailableException("secret broker name"));
        using var content = new StringContent(Good, Encoding.UTF8, "application/json");

        using var answer = await _gateway.Http.PostAsync(new Uri("/v1/events", UriKind.Relative), content);

        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        answer.Headers.RetryAfter.ShouldNotBeNull();
        (await answer.Content.ReadAsStringAsync()).ShouldNotContain("secret");
    }

    [Fact]
    public async Task A_session_sends_its_own_users_events_only()
    {
        Options.UserHeader = "X-User";

        var (status, body) = await PostAsync($$"""[{{Good}}, {"userId":"somebody","itemId":"i1","type":"click"}]""", user: "u1");

        status.ShouldBe(HttpStatusCode.OK);
        body.GetProperty("accepted").GetInt32().ShouldBe(1);
        var refused = body.GetProperty("results")[1];
        refused.GetProperty("accepted").GetBoolean().ShouldBeFalse();
        refused.GetProperty("errors")[0].GetProperty("field").GetString().ShouldBe("userId");
        refused.GetProperty("errors")[0].GetProperty("code").GetString().ShouldBe("other_user");
        await _gateway.Client.Received(1).TrackAsync(Arg.Is<IReadOnlyList<BehaviorEvent>>(events => events.Single().UserId == "u1"), Arg.Any<CancellationToken>());
    }

    [Theory]
    [InlineData("somebody")]
    [InlineData("U1")]
    [InlineData("u1,u1")]
    public async Task A_session_that_sends_another_users_events_alone_is_refused(string user)
    {
        Options.UserHeader = "X-User";

        var (status, body) = await PostAsync(Good, user: user);

        status.ShouldBe(HttpStatusCode.BadRequest);
        body.GetProperty("errors")[0].GetProperty("code").GetString().ShouldBe("other_user");
        await _gateway.Client.DidNotReceiveWithAnyArgs().TrackAsync(Arg.Any<IReadOnlyList<BehaviorEvent>>(), Arg.Any<CancellationToken>());
    }

    [Theory]
    [InlineData("X-User", null)]
    [InlineData(null, "somebody")]
    [InlineData("", "somebody")]
    public async Task The_shops_own_requests_and_those_where_no_header_is_set_up_send_anybodys_events(string? header, string? user)
    {
        Options.UserHeader = header;

        (await PostAsync(Good, user: user)).Status.ShouldBe(HttpStatusCode.OK);
    }

    private GatewayOptions Options => _gateway.Services.GetRequiredService<IOptions<GatewayOptions>>().Value;

    private async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(string body, string type = "application/json", string? user = null, GatewayUnderTest? to = null)
    {
        using var content = new StringContent(body, Encoding.UTF8, type);
        if (user is not null)
        {
            content.Headers.TryAddWithoutValidation("X-User", user);
        }

        using var answer = await (to ?? _gateway).Http.PostAsync(new Uri("/v1/events", UriKind.Relative), content);
        return (answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement);
    }
}
