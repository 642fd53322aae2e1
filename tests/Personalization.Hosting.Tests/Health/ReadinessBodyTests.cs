using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Personalization.Hosting.Tests.Health;

/// <summary>What an operator reads at <c>/health/ready</c>.</summary>
public sealed class ReadinessBodyTests
{
    [Fact]
    public async Task Not_ready_says_what_the_process_waits_for()
    {
        var (status, body) = await ReadyAsync(() => HealthCheckResult.Unhealthy("The catalogue is still being read."));

        status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        body.ShouldBe("Unhealthy The catalogue is still being read.");
    }

    [Fact]
    public async Task Ready_says_so() => (await ReadyAsync(() => HealthCheckResult.Healthy())).ShouldBe((HttpStatusCode.OK, "Healthy"));

    private static async Task<(HttpStatusCode Status, string Body)> ReadyAsync(Func<HealthCheckResult> check)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddHealthChecks().AddCheck("this", check, tags: [SiloHostExtensions.ReadyTag]);
        await using var app = builder.Build();
        app.MapPersonalizationHealth();
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(app.Urls.Single() + "/health/ready"), TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
