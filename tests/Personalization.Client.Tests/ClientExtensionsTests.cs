using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Recommendations;

namespace Personalization.Client.Tests;

public sealed class ClientExtensionsTests
{
    /// <summary>A typed HTTP client is made anew for whoever asks: a click of one request was unknown to the read of the next.</summary>
    [Fact]
    public async Task AddPersonalizationHttpClient_ClickThroughOneInstance_IsKnownToTheOther()
    {
        using var gateway = new AnsweringHandler();
        gateway.Answer(HttpStatusCode.OK, """{"accepted":1,"rejected":0,"results":[{"index":0,"eventId":"c1","accepted":true,"version":"e.0.7"}]}""");
        gateway.Answer(HttpStatusCode.OK, """{"userId":"u1","version":"e.0.7","stale":false,"recommendationId":"r1","source":"trending","items":[]}""");
        var services = new ServiceCollection();
        services.AddPersonalizationHttpClient(new Uri("http://gateway/")).ConfigurePrimaryHttpMessageHandler(() => gateway);
        await using var provider = services.BuildServiceProvider();
        var clicking = provider.GetRequiredService<IPersonalizationClient>();
        var reading = provider.GetRequiredService<IPersonalizationClient>();
        reading.ShouldNotBeSameAs(clicking);

        await clicking.TrackAsync(SampleEvents.Click("u1", "c1"), TestContext.Current.CancellationToken);
        await reading.RecommendAsync("u1", new RecommendationRequest(), TestContext.Current.CancellationToken);

        gateway.Asked[1].PathAndQuery.ShouldContain("&minVersion=e.0.7");
    }

    /// <summary>What follows the last slash is not a part of a base address: the path had been asked of the host itself.</summary>
    [Theory]
    [InlineData("http://host/shop")]
    [InlineData("http://host/shop/")]
    public async Task AddPersonalizationHttpClient_AddressWithAPath_AsksBehindIt(string gateway)
    {
        using var handler = new AnsweringHandler();
        handler.Answer(HttpStatusCode.OK, "[]");
        var services = new ServiceCollection();
        services.AddPersonalizationHttpClient(new Uri(gateway)).ConfigurePrimaryHttpMessageHandler(() => handler);
        await using var provider = services.BuildServiceProvider();

        await provider.GetRequiredService<IPersonalizationClient>().GetCategoriesAsync(TestContext.Current.CancellationToken);

        handler.Asked[0].PathAndQuery.ShouldBe("/shop/v1/categories");
    }

    /// <summary>Silos refuse it at their start; a gateway gave out version tokens that nobody could read.</summary>
    [Theory]
    [InlineData("2026-01-31", true)]
    [InlineData("a.b", false)]
    public void AddPersonalizationClient_IdentityOfTheTopicThatNoTokenHolds_IsRefused(string epoch, bool taken)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection([new("Personalization:Kafka:Epoch", epoch)]).Build());
        services.AddPersonalizationClient();
        using var provider = services.BuildServiceProvider();
        var read = () => provider.GetRequiredService<IOptions<KafkaOptions>>().Value.Epoch;

        if (taken)
        {
            read().ShouldBe(epoch);
        }
        else
        {
            Should.Throw<OptionsValidationException>(() => read());
        }
    }
}
