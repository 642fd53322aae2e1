using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Personalization.Gateway;
using Personalization.Hosting;
using Personalization.Storage;
using ClusterMembershipOptions = Personalization.Hosting.ClusterMembershipOptions;

try
{
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
    var cluster = builder.Configuration.GetValidated<ClusterMembershipOptions>(ClusterMembershipOptions.Section);
    var storage = builder.Configuration.GetValidated<StorageOptions>(StorageOptions.Section);
    builder.Services.AddPersonalizationClock(builder.Configuration);
    builder.UseOrleansClient(client =>
    {
        client.Configure<ClusterOptions>(ids => (ids.ClusterId, ids.ServiceId) = (cluster.ClusterId, cluster.ServiceId));
        if (builder.Configuration.IsOtlpEnabled())
        {
            client.AddActivityPropagation();
        }

        client.UseConnectionRetryFilter<ClusterConnection>();
        if (string.Equals(cluster.Mode, "localhost", StringComparison.Ordinal))
        {
            client.UseLocalhostClustering(cluster.GatewayPort, cluster.ServiceId, cluster.ClusterId);
        }
        else
        {
            client.UsePersonalizationClustering(storage);
        }
    });
    builder.AddPersonalizationGateway();
    builder.AddPersonalizationTelemetry("personalization-gateway");
    builder.Services.AddHealthChecks().AddCheck<ClusterHealthCheck>("cluster", tags: [SiloHostExtensions.ReadyTag]);
    builder.Services.AddHostedService<StreamClockFollower>();

    await using var app = builder.Build();
    app.MapPersonalizationGateway();
    app.MapPersonalizationHealth();
    app.MapPersonalizationMetrics();
    await app.RunAsync();
    return 0;
}
catch (OptionsValidationException exception)
{
    await Console.Error.WriteLineAsync("The configuration cannot be used:\n  " + string.Join("\n  ", exception.Failures));
    return 78;
}
