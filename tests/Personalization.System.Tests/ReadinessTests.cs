using System.Diagnostics;
using System.Net;
using Personalization.Testing;

namespace Personalization.SystemTests;

/// <summary>What a gateway says of itself while a silo hangs.</summary>
[Collection(OwnCluster.Collection)]
public sealed class ReadinessTests(ClusterProcesses servers)
{
    private const int Probes = 12;
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task A_silo_that_hangs_leaves_the_gateway_ready()
    {
        await servers.RequireAsync();
        var launcher = await servers.NewClusterAsync();
        var (first, second) = (FreePort.Take(3), FreePort.Take(3));
        await using var hanging = launcher.StartSilo("hanging", first);
        await using var working = launcher.StartSilo("working", second);
        await Task.WhenAll(hanging.WaitUntilReadyAsync(UrlOf(first[2]), StartTimeout), working.WaitUntilReadyAsync(UrlOf(second[2]), StartTimeout));
        var url = UrlOf(FreePort.Next());
        await using var gateway = launcher.StartGateway(url.Port);
        await gateway.WaitUntilReadyAsync(url, StartTimeout);
        using var http = new HttpClient { BaseAddress = url };
        (await ProbeAsync(http)).ShouldBe(HttpStatusCode.OK);

        hanging.Signal("STOP");
        try
        {
            for (var i = 0; i < Probes; i++)
            {
                var started = Stopwatch.GetTimestamp();
                (await ProbeAsync(http)).ShouldBe(HttpStatusCode.OK);
                Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(1), "a probe of Kubernetes waits no longer");
                await Task.Delay(250, TestContext.Current.CancellationToken);
            }
        }
        finally
        {
            hanging.Signal("CONT");
        }
    }

    private static async Task<HttpStatusCode> ProbeAsync(HttpClient http)
    {
        using var answer = await http.GetAsync(new Uri("health/ready", UriKind.Relative));
        return answer.StatusCode;
    }

    private static Uri UrlOf(int port) => new($"http://127.0.0.1:{port}/");
}
