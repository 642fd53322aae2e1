using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Personalization.Catalog;

namespace Personalization.Hosting;

/// <summary>Ready when the silo is an active member, its copy of the catalogue is whole and it is not stopping.</summary>
internal sealed class SiloHealthCheck(ISiloStatusOracle oracle, IItemCatalog catalog, IHostApplicationLifetime lifetime) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("The silo is stopping.")
            : oracle.CurrentStatus != SiloStatus.Active ? HealthCheckResult.Unhealthy($"The silo is {oracle.CurrentStatus}, not yet an active member.")
            : !catalog.IsLoaded ? HealthCheckResult.Unhealthy("The catalogue is still being read from the topic.")
            : HealthCheckResult.Healthy());
}
