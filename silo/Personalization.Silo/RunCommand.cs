using Personalization.Hosting;

namespace Personalization.Silo;

/// <summary>One silo of a cluster, with its health and metrics over HTTP.</summary>
internal static class RunCommand
{
    public static async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.AddPersonalizationSilo();
        builder.AddPersonalizationTelemetry("personalization-silo");

        await using var app = builder.Build();
        app.MapPersonalizationHealth();
        app.MapPersonalizationMetrics();
        return await HostRunner.RunAsync(app, cancellationToken);
    }
}
