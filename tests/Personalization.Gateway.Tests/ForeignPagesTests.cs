using System.Net;
using System.Text;
using System.Text.Json;
using NSubstitute;
using Personalization.Events;
using Personalization.Models;
using Personalization.Operations;
using SiloStatus = Personalization.Operations.SiloStatus;

namespace Personalization.GatewayTests;

public sealed class ForeignPagesTests : IAsyncLifetime
{
    private const string Host = "gateway.example:8080";
    private const string Activate = "/v1/models/shop/2/activate";
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _gateway = await GatewayUnderTest.StartAsync(options => options.AllowedOrigins.Add("https://shop.example"));
        var silo = new SiloStatus { Name = "s", Address = "a", Model = new ModelStatus { Available = [new("shop", "2")] } };
        _gateway.Client.GetClusterAsync(Arg.Any<CancellationToken>()).Returns(new ClusterStatus { Silos = [silo] });
        _gateway.Client.TrackAsync(Arg.Any<IReadOnlyList<BehaviorEvent>>(), Arg.Any<CancellationToken>()).Returns(["epoch.0.0"]);
    }

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    [Theory]
    [InlineData("cross-site", "https://evil.example")]
    [InlineData("cross-site", null)]
    [InlineData("cross-site", "http://" + Host)]
    [InlineData("same-site", "http://other.gateway.example:8080")]
    [InlineData(null, "https://evil.example")]
    [InlineData(null, "http://gateway.example:9090")]
    [InlineData(null, "http://gateway.example")]
    [InlineData(null, "https://evil.example/gateway.example:8080")]
    [InlineData(null, "null")]
    public async Task A_page_of_another_origin_changes_nothing(string? site, string? origin)
    {
        foreach (var (method, path) in new[]
        {
            ("POST", Activate), ("POST", "/v1/models/shop/2/challenge"), ("DELETE", "/v1/models/challenge"), ("DELETE", "/v1/users/u"),
            ("PUT", "/v1/items/i"), ("POST", "/v1/events"), ("PATCH", "/V1/Events"),
        })
        {
            using var answer = await SendAsync(method, path, site, origin);

            answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden, $"{method} {path}");
            answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
            var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
            problem.GetProperty("type").GetString().ShouldBe("https://personalization.dev/problems/forbidden");
            problem.GetProperty("detail").GetString()!.ShouldContain("AllowedOrigins");
        }

        _gateway.Client.ReceivedCalls().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("none", null)]
    [InlineData("same-origin", "http://" + Host)]
    [InlineData("same-origin", "https://behind-a-proxy.example")]
    [InlineData(null, "http://" + Host)]
    [InlineData(null, "https://GATEWAY.example:8080")]
    [InlineData("cross-site", "https://shop.example")]
    [InlineData(null, "https://shop.example")]
    public async Task Programs_own_pages_and_allowed_origins_pass(string? site, string? origin)
    {
        using var activated = await SendAsync("POST", Activate, site, origin);
        using var sent = await SendAsync("POST", "/v1/events", site, origin);

        activated.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        sent.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_link_on_another_page_may_be_followed()
    {
        using var answer = await SendAsync("GET", "/", "cross-site", null);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private async Task<HttpResponseMessage> SendAsync(string method, string path, string? site, string? origin)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Host = Host;
        request.Headers.Add("Sec-Fetch-Site", site is null ? [] : [site]);
        request.Headers.Add("Origin", origin is null ? [] : [origin]);
        if (path == "/v1/events")
        {
            request.Content = new StringContent("""{"userId":"u1","itemId":"i1","type":"click"}""", Encoding.UTF8, "application/json");
        }

        return await _gateway.Http.SendAsync(request);
    }
}
