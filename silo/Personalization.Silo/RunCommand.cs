using Microsoft.Extensions.Options;
using Personalization.Hosting;
using Personalization.Storage;

namespace Personalization.Silo;

/// <summary>One silo of a cluster, with its health and metrics over HTTP.</summary>
internal static class RunCommand
{
    public static async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        try
        {
            using var logging = LoggerFactory.Create(log => log.AddConfiguration(builder.Configuration.GetSection("Logging")).AddConsole());
            await DatabaseSetup.RunAsync(
                builder.Configuration.GetValidated<StorageOptions>(StorageOptions.Section), logging.CreateLogger("Personalization.Storage"), cancellationToken);
            builder.AddPersonalizationSilo();
        }
        catch (OptionsValidationException exception)
        {
            return await HostRunner.RefuseAsync(exception);
        }
        catch (DatabaseUnavailableException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return HostRunner.Unavailable;
        }

        builder.AddPersonalizationTelemetry("personalization-silo");

        await using var app = builder.Build();
        app.MapPersonalizationHealth();
        app.MapPersonalizationMetrics();
        return await HostRunner.RunAsync(app, cancellationToken);
    }
}
