using System.Net;
using NSubstitute;
using Personalization.Churn;
using Personalization.Client;
using Personalization.Items;
using Personalization.Models;
using Personalization.Operations;
using Personalization.Recommendations;
using Personalization.Users;
using SiloStatus = Personalization.Operations.SiloStatus;

namespace Personalization.GatewayTests;

public sealed class EncodedSlashesTests : IAsyncLifetime
{
    private GatewayUnderTest _gateway = null!;

    public static TheoryData<string> Ids => ["a/b", "a%2Fb", "a%2fb", "a%252Fb", "/", "//", "../items/x", "a/b%", "ü ö", "ü/ö", "100%", "a+b/c", "a?b/c#d"];

    public async ValueTask InitializeAsync()
    {
        _gateway = await GatewayUnderTest.StartAsync(overHttp: true);
        var client = _gateway.Client;
        client.GetProfileAsync(Arg.Any<string>(), Arg.Any<UserQuery>(), Arg.Any<CancellationToken>()).Returns(new UserProfile { UserId = "u" });
        client.GetHistoryAsync(Arg.Any<string>(), Arg.Any<HistoryQuery>(), Arg.Any<CancellationToken>()).Returns(new HistoryPage { UserId = "u" });
        client.GetChurnAsync(Arg.Any<string>(), Arg.Any<UserQuery>(), Arg.Any<CancellationToken>()).Returns(new ChurnStatus { UserId = "u" });
        client.RecommendAsync(Arg.Any<string>(), Arg.Any<RecommendationRequest>(), Arg.Any<CancellationToken>())
            .Returns(new RecommendationResponse { UserId = "u", RecommendationId = "r" });
        client.RankAsync(Arg.Any<string>(), Arg.Any<RankRequest>(), Arg.Any<CancellationToken>())
            .Returns(new RankResponse { UserId = "u", RecommendationId = "r" });
    }

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Every_route_of_a_shopper_means_the_one_that_was_named(string id)
    {
        var client = new HttpPersonalizationClient(_gateway.Http);

        await client.GetProfileAsync(id, new UserQuery());
        await client.GetHistoryAsync(id, new HistoryQuery());
        await client.GetChurnAsync(id, new UserQuery());
        await client.RecommendAsync(id, new RecommendationRequest());
        await client.RankAsync(id, new RankRequest { ItemIds = ["i"] });
        await client.EraseAsync(id);

        Received().ShouldBe(
            [("GetProfileAsync", id), ("GetHistoryAsync", id), ("GetChurnAsync", id), ("RecommendAsync", id), ("RankAsync", id), ("EraseAsync", id)]);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Every_route_of_an_item_means_the_one_that_was_named(string id)
    {
        var client = new HttpPersonalizationClient(_gateway.Http);

        await client.GetItemAsync(id);
        await client.SimilarAsync(id, 5);
        await client.PutItemAsync(new Item { ItemId = id, Title = "t" });
        await client.RemoveItemAsync(id);

        Received().ShouldBe([("GetItemAsync", id), ("SimilarAsync", id), ("PutItemAsync", id), ("RemoveItemAsync", id)]);
    }

    [Fact]
    public async Task A_model_is_the_one_that_was_named()
    {
        var model = new ModelRef("shop/eu%2F", "2/3");
        var silo = new SiloStatus { Name = "s", Address = "a", Model = new ModelStatus { Available = [model] } };
        _gateway.Client.GetClusterAsync(Arg.Any<CancellationToken>()).Returns(new ClusterStatus { Silos = [silo] });

        await new HttpPersonalizationClient(_gateway.Http).ActivateModelAsync(model);

        await _gateway.Client.Received().ActivateModelAsync(model, Arg.Any<CancellationToken>());
    }

    [Theory]
    [InlineData("/v1/users/x/../a%2Fb")]
    [InlineData("/v1/./users/a%2Fb")]
    [InlineData("/v1/users/x/%2e%2E/a%2Fb/churn")]
    public async Task A_path_whose_parts_cannot_be_told_apart_is_refused(string path)
    {
        var address = new Uri(_gateway.Http.BaseAddress!.ToString().TrimEnd('/') + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

        using var answer = await _gateway.Http.GetAsync(address);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        _gateway.Client.ReceivedCalls().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_whole_address_whose_slash_the_server_decodes_is_refused()
    {
        using var handler = new HttpClientHandler { Proxy = new WebProxy(_gateway.Http.BaseAddress) };
        using var http = new HttpClient(handler);

        using var encoded = await http.GetAsync(new Uri("http://shop.example/v1/users/a%2Fchurn"));
        using var plain = await http.DeleteAsync(new Uri("http://shop.example/v1/users/a?reason=x%2Fy"));

        encoded.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        plain.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        Received().ShouldBe([("EraseAsync", "a")]);
    }

    private IEnumerable<(string Method, string Id)> Received() => _gateway.Client.ReceivedCalls()
        .Select(call => (call.GetMethodInfo().Name, call.GetArguments()[0] is Item item ? item.ItemId : (string)call.GetArguments()[0]!));
}
