using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Personalization.Hosting.Tests.Telemetry;

/// <summary>What leaves a process for a collector.</summary>
public sealed class OtlpExportTests
{
    [Fact]
    public async Task Metrics_and_traces_are_sent_and_the_log_which_may_name_a_shopper_is_not()
    {
        var sent = new ConcurrentQueue<string>();
        await using var collector = Server();
        collector.Run(context =>
        {
            sent.Enqueue(context.Request.Path);
            return Task.CompletedTask;
        });
        await collector.StartAsync(TestContext.Current.CancellationToken);

        await using (var app = Server(builder =>
        {
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Urls.Single(),
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            });
            builder.AddPersonalizationTelemetry("test");
        }))
        {
            app.MapGet("/", () => "there");
            await app.StartAsync(TestContext.Current.CancellationToken);
            using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
            await http.GetStringAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);
            app.Logger.Log(LogLevel.Error, default, "Dropping request to user/anna", exception: null, static (state, _) => state);

            // The answer is there before its span has ended.
            await app.StopAsync(TestContext.Current.CancellationToken);
        }

        sent.Distinct().Order().ShouldBe(["/v1/metrics", "/v1/traces"]);
    }

    private static WebApplication Server(Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        configure?.Invoke(builder);
        return builder.Build();
    }
}
