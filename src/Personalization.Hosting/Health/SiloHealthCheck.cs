using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Personalization.Catalog;
using Personalization.Inference;

namespace Personalization.Hosting;

/// <summary>Ready when the silo is an active member, its copy of the catalogue is whole, its model is loaded and it is not stopping.</summary>
internal sealed class SiloHealthCheck(ISiloStatusOracle oracle, IItemCatalog catalog, IModelStatusSource model, ClusterMembershipOptions cluster, IHostApplicationLifetime lifetime) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("The silo is stopping.")
            : oracle.CurrentStatus != SiloStatus.Active ? HealthCheckResult.Unhealthy($"The silo is {oracle.CurrentStatus}, not yet an active member.")
            : !catalog.IsLoaded ? HealthCheckResult.Unhealthy("The catalogue is still being read from the topic.")
            : IsLoadingModel() ? HealthCheckResult.Unhealthy("The model is still being loaded.")
            : HealthCheckResult.Healthy());

    // A package that cannot be loaded does not keep a silo out: its shoppers get typed fallbacks, and the status says why.
    private bool IsLoadingModel() => cluster.Roles.HasFlag(SiloRoles.Inference) && model.GetStatus() is { Active: null, Error: null };
}
