using System.Net;
using System.Text.Json;
using NSubstitute;
using Personalization.Models;
using Personalization.Operations;
using SiloStatus = Personalization.Operations.SiloStatus;

namespace Personalization.GatewayTests;

public sealed class ModelRoutesTests : IAsyncLifetime
{
    private static readonly ModelRef Two = new("shop", "2");
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _gateway = await GatewayUnderTest.StartAsync();
        var silo = new SiloStatus { Name = "s", Address = "a", Model = new ModelStatus { Available = [Two] } };
        _gateway.Client.GetClusterAsync(Arg.Any<CancellationToken>()).Returns(new ClusterStatus { Silos = [silo] });
    }

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task Challenge_GivesTheModelItsShareAndDeleteEndsIt()
    {
        (await PostAsync("/v1/models/shop/2/challenge?percent=15")).ShouldBe(HttpStatusCode.Accepted);
        (await PostAsync("/v1/models/shop/2/challenge")).ShouldBe(HttpStatusCode.Accepted);
        using var ended = await _gateway.Http.DeleteAsync(new Uri("/v1/models/challenge", UriKind.Relative));

        ended.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        _gateway.Client.ReceivedCalls().Where(call => call.GetMethodInfo().Name == "ChallengeModelAsync").Select(call => call.GetArguments()[0])
            .ShouldBe([new ModelChallenge(Two, 0.15), new ModelChallenge(Two, 0), null]);
    }

    [Theory]
    [InlineData("/v1/models/shop/2/challenge?percent=101", HttpStatusCode.BadRequest)]
    [InlineData("/v1/models/shop/2/challenge?percent=x", HttpStatusCode.BadRequest)]
    [InlineData("/v1/models/shop/9/challenge", HttpStatusCode.NotFound)]
    [InlineData("/v1/models/shop/9/activate", HttpStatusCode.NotFound)]
    public async Task Challenge_NoSuchShareOrPackage_IsRefused(string path, HttpStatusCode expected)
    {
        (await PostAsync(path)).ShouldBe(expected);

        await _gateway.Client.DidNotReceiveWithAnyArgs().ChallengeModelAsync(default, CancellationToken.None);
        await _gateway.Client.DidNotReceiveWithAnyArgs().ActivateModelAsync(default!, CancellationToken.None);
    }

    /// <summary>It was stored and showed nowhere, until another model was activated: then it answered for a share of the shoppers.</summary>
    [Theory]
    [InlineData("2", "2", HttpStatusCode.Conflict)]
    [InlineData("2", null, HttpStatusCode.Conflict)]
    [InlineData("2", "1", HttpStatusCode.Accepted)]
    [InlineData("1", "1", HttpStatusCode.Accepted)]
    [InlineData(null, null, HttpStatusCode.Accepted)]
    public async Task Challenge_OfTheModelThatAnswersEverybody_IsRefused(string? first, string? second, HttpStatusCode expected)
    {
        var silos = new[] { first, second }.Select((version, number) => new SiloStatus
        {
            Name = $"s{number}",
            Address = $"a{number}",
            Model = new ModelStatus { Available = [Two], Active = version is null ? null : new ModelRef("shop", version) },
        });
        _gateway.Client.GetClusterAsync(Arg.Any<CancellationToken>()).Returns(new ClusterStatus { Silos = [.. silos] });

        (await PostAsync("/v1/models/shop/2/challenge?percent=10")).ShouldBe(expected);

        await _gateway.Client.Received(expected == HttpStatusCode.Accepted ? 1 : 0).ChallengeModelAsync(Arg.Any<ModelChallenge>(), Arg.Any<CancellationToken>());
    }

    [Fact]
    public async Task Models_NamesWhatEachSiloServes_AsRetrainingReadsIt()
    {
        var silos = new[] { ("a", new ModelRef("shop", "2-int8")), ("b", null) }.Select(silo => new SiloStatus { Name = silo.Item1, Address = silo.Item1, Model = new ModelStatus { Active = silo.Item2 } });
        _gateway.Client.GetClusterAsync(Arg.Any<CancellationToken>()).Returns(new ClusterStatus { Silos = [.. silos] });

        using var answer = JsonDocument.Parse(await _gateway.Http.GetStringAsync(new Uri("/v1/models", UriKind.Relative)));

        var models = answer.RootElement.EnumerateArray().Select(silo => silo.GetProperty("model")).ToArray();
        var active = models[0].GetProperty("active");
        (active.GetProperty("name").GetString(), active.GetProperty("version").GetString()).ShouldBe(("shop", "2-int8"));
        (models[1].TryGetProperty("active", out var none) && none.ValueKind != JsonValueKind.Null).ShouldBeFalse();
    }

    private async Task<HttpStatusCode> PostAsync(string path)
    {
        using var answer = await _gateway.Http.PostAsync(new Uri(path, UriKind.Relative), null);
        return answer.StatusCode;
    }
}
