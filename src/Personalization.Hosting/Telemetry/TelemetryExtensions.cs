using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Personalization.Telemetry;

namespace Personalization.Hosting;

/// <summary>OpenTelemetry for every process of the system.</summary>
public static class TelemetryExtensions
{
    /// <summary>
    /// Collects metrics and traces of ours, of Orleans, of Npgsql, of ASP.NET Core and of the runtime. Metrics can be scraped
    /// (<see cref="MapPersonalizationMetrics"/>); both go out over OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set. The log stays on the console, and names no shopper there.
    /// </summary>
    /// <param name="builder">The host.</param>
    /// <param name="serviceName">OpenTelemetry <c>service.name</c>, for instance <c>personalization-silo</c>.</param>
    /// <returns>The host.</returns>
    public static IHostApplicationBuilder AddPersonalizationTelemetry(this IHostApplicationBuilder builder, string serviceName)
    {
        ArgumentNullException.ThrowIfNull(builder);
        RedactingConsoleFormatter.Decorate(builder.Services);
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(serviceName, serviceInstanceId: Environment.MachineName + ":" + Environment.ProcessId))
            // No view: its boundaries would win over those that each histogram advises.
            .WithMetrics(metrics => metrics
                .AddMeter(TelemetryNames.Source, "Microsoft.Orleans", "Npgsql", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel")
                .AddRuntimeInstrumentation()
                .AddPrometheusExporter());
        if (builder.Configuration.IsOtlpEnabled())
        {
            // Not UseOtlpExporter: it sends the log as well, and past what keeps shoppers' ids out of it.
            telemetry
                .WithMetrics(metrics => metrics.AddOtlpExporter())
                .WithTracing(tracing => tracing
                    .AddSource(TelemetryNames.Source, "Microsoft.Orleans.Application", "Microsoft.Orleans.Runtime")
                    .AddAspNetCoreInstrumentation()
                    .AddNpgsql()
                    .AddOtlpExporter());
        }

        return builder;
    }

    /// <summary>Whether metrics and traces go out over OTLP. Traces are recorded only then, as an activity for each grain call costs more than the call.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <returns>Whether <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set.</returns>
    public static bool IsOtlpEnabled(this IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return !string.IsNullOrWhiteSpace(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);
    }

    /// <summary>Serves the metrics to Prometheus at <c>/metrics</c>.</summary>
    /// <param name="endpoints">The routes.</param>
    /// <returns>The routes.</returns>
    public static IEndpointRouteBuilder MapPersonalizationMetrics(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPrometheusScrapingEndpoint("/metrics").DisableHttpMetrics().ExcludeFromDescription();
        return endpoints;
    }
}
