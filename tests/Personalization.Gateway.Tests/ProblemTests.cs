using System.Net;
using System.Text.Json;
using NSubstitute;
using NSubstitute.ExceptionExtensions;
using Personalization.Users;

namespace Personalization.GatewayTests;

/// <summary>Callers that ask for something else than JSON, as pages and event sources do, had an error in text, or none.</summary>
public sealed class ProblemTests : IAsyncLifetime
{
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync() => _gateway = await GatewayUnderTest.StartAsync();

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    [Theory]
    [InlineData("text/event-stream")]
    [InlineData("text/html")]
    [InlineData("application/json")]
    [InlineData(null)]
    public async Task An_error_is_a_problem_whatever_the_caller_accepts(string? accept)
    {
        _gateway.Client.GetProfileAsync("u", Arg.Any<UserQuery>(), Arg.Any<CancellationToken>()).ThrowsAsync(new TimeoutException("late"));

        await ExpectAsync("/v1/users/u", accept, HttpStatusCode.ServiceUnavailable, "unavailable");
        await ExpectAsync("/v1/nothing", accept, HttpStatusCode.NotFound, "not-found");
        await ExpectAsync("/v1/users/u?timeoutMs=0", accept, HttpStatusCode.BadRequest, "invalid-request");
    }

    [Fact]
    public async Task A_failure_is_one_line_of_the_log_that_names_its_route()
    {
        _gateway.Client.GetProfileAsync("u", Arg.Any<UserQuery>(), Arg.Any<CancellationToken>()).ThrowsAsync(new TimeoutException("late"));

        (await ExpectAsync("/v1/users/u", "text/event-stream", HttpStatusCode.ServiceUnavailable, "unavailable")).Headers.RetryAfter.ShouldNotBeNull();

        var line = _gateway.Logs.Lines.ShouldHaveSingleItem();
        line.ShouldContain("GET /v1/users/{userId}");
        line.ShouldContain("answered 503");
    }

    private async Task<HttpResponseMessage> ExpectAsync(string path, string? accept, HttpStatusCode status, string type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (accept is not null)
        {
            request.Headers.Add("Accept", accept);
        }

        var answer = await _gateway.Http.SendAsync(request);
        answer.StatusCode.ShouldBe(status);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        problem.GetProperty("type").GetString().ShouldBe($"https://personalization.dev/problems/{type}");
        problem.GetProperty("status").GetInt32().ShouldBe((int)status);
        problem.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
        problem.GetProperty("traceId").GetString().ShouldNotBeNullOrEmpty();
        return answer;
    }
}
