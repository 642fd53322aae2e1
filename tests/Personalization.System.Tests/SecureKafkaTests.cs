using Personalization.Client;
using Personalization.Recommendations;
using Personalization.Testing;

namespace Personalization.SystemTests;

/// <summary>A cluster whose broker takes nobody without TLS and a name: every client of every process has to use the settings.</summary>
[Collection(RoutingTests.OwnClusters)]
public sealed class SecureKafkaTests(ClusterProcesses servers)
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Clicks_items_and_topics_go_over_the_secure_listener()
    {
        await servers.RequireAsync();
        var launcher = await servers.NewClusterAsync(secure: true);
        var (ports, url) = (FreePort.Take(3), UrlOf(FreePort.Next()));
        await using var silo = launcher.StartSilo("secure", ports);
        await silo.WaitUntilReadyAsync(UrlOf(ports[2]), StartTimeout);
        await using var gateway = launcher.StartGateway(url.Port);
        await gateway.WaitUntilReadyAsync(url, StartTimeout);
        using var http = new HttpClient { BaseAddress = url };
        var client = new HttpPersonalizationClient(http);

        var click = await client.TrackAsync(await ClusterProcesses.ClickAsync(client, "over-tls", "85123A"));

        RecommendationResponse? shelf = null;
        await Wait.UntilAsync(
            async () => (shelf = await client.RecommendAsync("over-tls", new RecommendationRequest { MinVersion = click, Timeout = TimeSpan.FromSeconds(5) })) is { Stale: false },
            StartTimeout,
            "a shelf that knows the click");
        shelf!.Source.ShouldBe(RecommendationSource.Model);
        await Wait.UntilAsync(async () => (await client.GetClusterAsync()).Silos is [{ ConsumerLag: 0 }], StartTimeout, "the click's offset is committed");
    }

    private static Uri UrlOf(int port) => new($"http://127.0.0.1:{port}/");
}
