using Microsoft.Extensions.Diagnostics.HealthChecks;
using Personalization.Client;

namespace Personalization.Gateway;

/// <summary>Ready when a silo answers.</summary>
internal sealed class ClusterHealthCheck(IPersonalizationClient client, IHostApplicationLifetime lifetime) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy("The gateway is stopping.");
        }

        try
        {
            return (await client.GetClusterAsync(cancellationToken)).Silos.Length > 0
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy("No silo answers.");
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy("The cluster does not answer.");
        }
    }
}
