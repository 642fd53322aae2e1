using System.Net;
using System.Text;
using System.Text.Json;
using NSubstitute;
using NSubstitute.ExceptionExtensions;
using Personalization.Churn;
using Personalization.Client;
using Personalization.Gateway;
using Personalization.Models;
using Personalization.Operations;
using Personalization.Recommendations;
using Personalization.Schemas;
using Personalization.Users;
using SiloStatus = Personalization.Operations.SiloStatus;

namespace Personalization.GatewayTests;

public sealed class RoutesTests : IAsyncLifetime
{
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _gateway = await GatewayUnderTest.StartAsync();
        _gateway.Client.RecommendAsync(Arg.Any<string>(), Arg.Any<RecommendationRequest>(), Arg.Any<CancellationToken>())
            .Returns(call => new RecommendationResponse { UserId = call.Arg<string>(), RecommendationId = "r1", Source = RecommendationSource.LastGood, FallbackReason = FallbackReason.UnknownUser });
        _gateway.Client.RankAsync(Arg.Any<string>(), Arg.Any<RankRequest>(), Arg.Any<CancellationToken>())
            .Returns(call => new RankResponse { UserId = call.Arg<string>(), RecommendationId = "r1" });
        var silo = new SiloStatus { Name = "s", Address = "a", Model = new ModelStatus { Available = [new ModelRef("a", "b")] } };
        _gateway.Client.GetClusterAsync(Arg.Any<CancellationToken>()).Returns(new ClusterStatus { Silos = [silo] });
    }

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task A_shelf_carries_every_parameter_through_and_says_where_the_time_went()
    {
        using var answer = await _gateway.Http.GetAsync(new Uri("/v1/users/u%201/recommendations?count=7&minVersion=e.1.2&category=A&category=B&excludeItem=x&include=items&timeoutMs=250", UriKind.Relative));

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Headers.GetValues("Server-Timing").Single().ShouldContain("grain;dur=");
        var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        body.GetProperty("source").GetString().ShouldBe("last_good");
        body.GetProperty("fallbackReason").GetString().ShouldBe("unknown_user");
        await _gateway.Client.Received().RecommendAsync(
            "u 1",
            Arg.Is<RecommendationRequest>(request => request.Count == 7 && request.MinVersion == "e.1.2" && request.Categories.SequenceEqual(new[] { "A", "B" })
                && request.ExcludeItems.Single() == "x" && request.IncludeItems && request.Timeout == TimeSpan.FromMilliseconds(250)),
            Arg.Any<CancellationToken>());
    }

    /// <summary>The client library asks with a body then.</summary>
    [Fact]
    public async Task The_longest_lists_come_through_from_the_client()
    {
        string[] Ids(string kind) => [.. Enumerable.Range(0, 1_000).Select(n => $"{kind} {n:D3} {new string('ü', 100)}")];
        var wanted = new RecommendationRequest
        {
            Count = 7, MinVersion = "e.1.2", Categories = Ids("c"), ExcludeItems = Ids("i"), IncludeItems = true, Timeout = TimeSpan.FromMilliseconds(250),
        };
        (await new HttpPersonalizationClient(_gateway.Http).RecommendAsync("u 1", wanted)).UserId.ShouldBe("u 1");

        await _gateway.Client.Received().RecommendAsync(
            "u 1",
            Arg.Is<RecommendationRequest>(request => request.Count == 7 && request.MinVersion == "e.1.2" && request.Categories.SequenceEqual(wanted.Categories)
                && request.ExcludeItems.SequenceEqual(wanted.ExcludeItems) && request.IncludeItems && request.Timeout == wanted.Timeout),
            Arg.Any<CancellationToken>());
    }

    [Fact]
    public async Task Shelves_say_how_long_they_are_each_for_itself()
    {
        foreach (var user in new[] { "a shopper with a longer name", "u", "ü" })
        {
            using var answer = await _gateway.Http.GetAsync(new Uri($"/v1/users/{Uri.EscapeDataString(user)}/recommendations", UriKind.Relative));

            var bytes = await answer.Content.ReadAsByteArrayAsync();
            answer.Content.Headers.ContentLength.ShouldBe(bytes.Length);
            answer.Content.Headers.ContentType!.ToString().ShouldBe("application/json; charset=utf-8");
            Encoding.UTF8.GetString(bytes).ShouldContain(user, customMessage: "letters are written as they are, as in all other answers");
            JsonSerializer.Deserialize<RecommendationResponse>(bytes, PersonalizationJson.Options)!.UserId.ShouldBe(user);
        }
    }

    [Theory]
    [InlineData("/v1/users/u/recommendations")]
    [InlineData("/v1/users/u")]
    [InlineData("/v1/users/u/churn")]
    [InlineData("/v1/users/u/history")]
    [InlineData("/v1/ops")]
    public async Task What_is_about_shoppers_is_kept_by_nobody_on_its_way(string path)
    {
        using var answer = await _gateway.Http.GetAsync(new Uri(path, UriKind.Relative));

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (answer.Headers.CacheControl?.NoStore).ShouldBe(true);
    }

    [Theory]
    [InlineData("/v1/users/u/recommendations?count=0", "count")]
    [InlineData("/v1/users/u/recommendations?count=101", "count")]
    [InlineData("/v1/users/u/recommendations?count=1&count=2", "count")]
    [InlineData("/v1/users/u/recommendations?minVersion=nonsense", "minVersion")]
    [InlineData("/v1/users/u/recommendations?include=prices", "include")]
    [InlineData("/v1/users/u/recommendations?timeoutMs=10001", "timeoutMs")]
    [InlineData("/v1/users/u%01/recommendations", "userId")]
    [InlineData("/v1/users/u/history?limit=201", "limit")]
    [InlineData("/v1/users/u/history?before=x", "before")]
    [InlineData("/v1/stream?user=", "user")]
    [InlineData("/v1/stream?user=a%01", "user")]
    [InlineData("/v1/trending?window=1y", "window")]
    [InlineData("/v1/trending?category=", "category")]
    [InlineData("/v1/trending?window=8d", "window")]
    [InlineData("/v1/items/i/similar?count=x", "count")]
    public async Task A_bad_parameter_is_named(string path, string field)
    {
        using var answer = await _gateway.Http.GetAsync(new Uri(path, UriKind.Relative));

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        problem.GetProperty("errors")[0].GetProperty("field").GetString().ShouldBe(field);
        foreach (var member in new[] { "type", "title", "status", "detail", "traceId" })
        {
            problem.TryGetProperty(member, out _).ShouldBeTrue(member);
        }
    }

    /// <summary>What an event or an item may have, a query may ask for: it counted halves of pairs.</summary>
    [Theory]
    [InlineData("/v1/stream?user=")]
    [InlineData("/v1/trending?category=")]
    public async Task A_name_of_a_hundred_emoji_is_not_too_long(string path)
    {
        var name = string.Concat(Enumerable.Repeat("🎁", 100));
        using var answer = await _gateway.Http.GetAsync(new Uri(path + Uri.EscapeDataString(name), UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("recommendations", """{"count":0}""", "count")]
    [InlineData("recommendations", """{"timeoutMs":10001}""", "timeoutMs")]
    [InlineData("recommendations", """{"include":["prices"]}""", "include")]
    [InlineData("recommendations", """{"minVersion":"nonsense"}""", "minVersion")]
    [InlineData("recommendations", """{"category":[""]}""", "category")]
    [InlineData("recommendations", """{"excludeItem":["a\u0001"]}""", "excludeItem")]
    [InlineData("recommendations", """{"count":"x"}""", "count")]
    [InlineData("rank", """{}""", "itemIds")]
    [InlineData("rank", """{"itemIds":[null]}""", "itemIds")]
    [InlineData("rank", """{"itemIds":{"a":1}}""", "itemIds")]
    [InlineData("rank", """{"itemIds":["a"],"timeoutMs":0}""", "timeoutMs")]
    [InlineData("rank", """{"itemIds":["a"],"minVersion":"nonsense"}""", "minVersion")]
    public async Task A_bad_member_of_a_body_is_named(string what, string body, string field)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await _gateway.Http.PostAsync(new Uri($"/v1/users/u/{what}", UriKind.Relative), content);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        problem.GetProperty("errors")[0].GetProperty("field").GetString().ShouldBe(field);
    }

    [Theory]
    [InlineData("GET", "/v1/users/u?minVersion=e.1.2", null)]
    [InlineData("GET", "/v1/users/u/churn?minVersion=e.1.2", null)]
    [InlineData("GET", "/v1/users/u/history?minVersion=e.1.2", null)]
    [InlineData("GET", "/v1/users/u/recommendations?minVersion=e.1.2", null)]
    [InlineData("POST", "/v1/users/u/recommendations", """{"minVersion":"e.1.2"}""")]
    [InlineData("POST", "/v1/users/u/rank", """{"itemIds":["i"],"minVersion":"e.1.2"}""")]
    public async Task Every_read_is_asked_for_the_version_that_its_caller_names(string method, string path, string? body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        (await _gateway.Http.SendAsync(request)).Dispose();

        _gateway.Client.ReceivedCalls().Select(call => call.GetArguments()[1] switch
        {
            RecommendationRequest shelf => shelf.MinVersion,
            RankRequest order => order.MinVersion,
            HistoryQuery page => page.MinVersion,
            UserQuery query => query.MinVersion,
            _ => null,
        }).ShouldBe(["e.1.2"]);
    }

    [Fact]
    public async Task An_id_of_129_characters_is_refused()
    {
        using var answer = await _gateway.Http.GetAsync(new Uri($"/v1/users/{new string('u', 129)}", UriKind.Relative));
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("GET", "/v1/nothing", 404)]
    [InlineData("PATCH", "/v1/events", 405)]
    [InlineData("GET", "/v1/items/unknown", 404)]
    [InlineData("GET", "/schemas/nothing.schema.json", 404)]
    public async Task What_is_not_there_is_a_problem_too(string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var answer = await _gateway.Http.SendAsync(request);

        ((int)answer.StatusCode).ShouldBe(status);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
    }

    [Fact]
    public async Task A_cluster_that_does_not_answer_is_a_503_without_a_stack_trace()
    {
        _gateway.Client.RecommendAsync(Arg.Any<string>(), Arg.Any<RecommendationRequest>(), Arg.Any<CancellationToken>()).ThrowsAsync(new TimeoutException("grain/secret"));

        using var answer = await _gateway.Http.GetAsync(new Uri("/v1/users/u/recommendations", UriKind.Relative));

        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        answer.Headers.RetryAfter.ShouldNotBeNull();
        var body = await answer.Content.ReadAsStringAsync();
        body.ShouldNotContain("secret");
        body.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task Nothing_a_caller_sends_is_the_clusters_fault()
    {
        var random = new Random(7);
        string[] paths = ["/v1/events", "/v1/users/u/recommendations", "/v1/users/u/rank", "/v1/users/u", "/v1/users/u/history", "/v1/items/i", "/v1/items/i/similar", "/v1/trending", "/v1/models/a/b/activate", "/v1/models/a/b/challenge", "/v1/models/challenge", "/v1/users//rank", "/schemas/x"];
        string[] methods = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"];
        string[] bodies = ["", "null", "[]", "{}", "[null]", "{\"itemIds\":[]}", "{\"itemIds\":[null]}", "{\"count\":\"x\"}", "\u0000", "[[[[", "{\"itemIds\":{\"a\":1}}", "1e999", "\"text\""];
        string[] queries = ["", "?count=", "?count=%00", "?minVersion=%ff", "?include=&include=", "?a=" + new string('x', 5_000), "?timeoutMs=-1", "?limit=99999999999999999999"];
        for (var i = 0; i < 500; i++)
        {
            using var request = new HttpRequestMessage(new HttpMethod(methods[random.Next(methods.Length)]), paths[random.Next(paths.Length)] + queries[random.Next(queries.Length)]);
            if (request.Method != HttpMethod.Get && request.Method != HttpMethod.Head)
            {
                request.Content = new StringContent(bodies[random.Next(bodies.Length)], Encoding.UTF8, random.Next(4) == 0 ? "text/plain" : "application/json");
            }

            using var answer = await _gateway.Http.SendAsync(request);
            ((int)answer.StatusCode).ShouldBeLessThan(500, request.ToString());
        }
    }

    [Fact]
    public async Task The_document_lists_every_route_of_the_contract()
    {
        var document = JsonDocument.Parse(await _gateway.Http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative))).RootElement.GetProperty("paths");

        foreach (var (path, method) in new[]
        {
            ("/v1/events", "post"), ("/v1/users/{userId}/recommendations", "get"), ("/v1/users/{userId}/recommendations", "post"), ("/v1/users/{userId}/rank", "post"),
            ("/v1/users/{userId}", "get"), ("/v1/users/{userId}", "delete"), ("/v1/users/{userId}/history", "get"), ("/v1/users/{userId}/churn", "get"),
            ("/v1/items/{itemId}", "get"), ("/v1/items/{itemId}", "put"), ("/v1/items/{itemId}", "delete"), ("/v1/items/{itemId}/similar", "get"),
            ("/v1/trending", "get"), ("/v1/stream", "get"), ("/v1/models", "get"), ("/v1/models/{name}/{version}/activate", "post"),
            ("/v1/models/{name}/{version}/challenge", "post"), ("/v1/models/challenge", "delete"), ("/v1/ops", "get"), ("/v1/categories", "get"),
        })
        {
            document.GetProperty(path).TryGetProperty(method, out _).ShouldBeTrue($"{method} {path}");
        }
    }

    [Fact]
    public async Task Published_schemas_are_served_as_they_are()
    {
        PublishedSchemas.Names.ShouldNotBeEmpty();
        foreach (var name in PublishedSchemas.Names)
        {
            using var reader = new StreamReader(PublishedSchemas.Open(name)!);
            (await _gateway.Http.GetStringAsync(new Uri($"/schemas/{name}.schema.json", UriKind.Relative))).ShouldBe(await reader.ReadToEndAsync());
        }
    }

    [Theory]
    [InlineData("/", "Bramble")]
    [InlineData("/ops", "Operator")]
    [InlineData("/index.html", "Bramble")]
    [InlineData("/ops.html", "Operator")]
    [InlineData("/assets/js/api.js", "fetch")]
    public async Task The_pages_come_with_a_policy_that_loads_nothing_from_elsewhere(string path, string text)
    {
        using var answer = await _gateway.Http.GetAsync(new Uri(path, UriKind.Relative));

        (await answer.Content.ReadAsStringAsync()).ShouldContain(text);
        answer.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("default-src 'self'");
        answer.Headers.GetValues("X-Content-Type-Options").Single().ShouldBe("nosniff");
        answer.Headers.CacheControl!.NoCache.ShouldBeTrue();
    }

    [Fact]
    public async Task A_stopping_gateway_ends_its_live_streams()
    {
        using var answer = await _gateway.Http.GetAsync(new Uri("/v1/stream", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        (await reader.ReadLineAsync()).ShouldBe("event: hello");

        var stopping = _gateway.StopAsync();

        var rest = reader.ReadToEndAsync();
        await rest.WaitAsync(TimeSpan.FromSeconds(10));
        await stopping.WaitAsync(TimeSpan.FromSeconds(10));
    }
}
