using Personalization.Hosting;
using Personalization.Storage;

namespace Personalization.Silo;

/// <summary>One silo of a cluster, with its health and metrics over HTTP.</summary>
internal static class RunCommand
{
    public static Task<int> RunAsync(string[] args, CancellationToken cancellationToken) => HostRunner.RunAsync(
        async () =>
        {
            var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
            using (var logging = LoggerFactory.Create(log => log.AddConfiguration(builder.Configuration.GetSection("Logging")).AddConsole()))
            {
                await DatabaseSetup.RunAsync(
                    builder.Configuration.GetValidated<StorageOptions>(StorageOptions.Section), logging.CreateLogger("Personalization.Storage"), cancellationToken);
            }

            builder.AddPersonalizationSilo();
            builder.AddPersonalizationTelemetry("personalization-silo");

            var app = builder.Build();
            app.MapPersonalizationHealth();
            app.MapPersonalizationMetrics();
            return app;
        },
        cancellationToken);
}
