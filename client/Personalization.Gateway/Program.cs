using Orleans.Configuration;
using Personalization.Gateway;
using Personalization.Hosting;
using Personalization.Storage;
using ClusterMembershipOptions = Personalization.Hosting.ClusterMembershipOptions;

return await HostRunner.RunAsync(() => Task.FromResult(Build(args)), CancellationToken.None);

static WebApplication Build(string[] args)
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

    var app = builder.Build();
    app.MapPersonalizationGateway();
    app.MapPersonalizationHealth();
    app.MapPersonalizationMetrics();
    return app;
}
