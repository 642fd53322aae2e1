using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using NSubstitute;
using Orleans.Runtime;
using Personalization.Catalog;
using Personalization.Inference;
using Personalization.Models;

namespace Personalization.Hosting.Tests.Health;

/// <summary>When a silo may be given traffic.</summary>
public sealed class SiloHealthCheckTests
{
    private readonly ISiloStatusOracle _oracle = Substitute.For<ISiloStatusOracle>();
    private readonly IItemCatalog _catalog = Substitute.For<IItemCatalog>();
    private readonly IModelStatusSource _model = Substitute.For<IModelStatusSource>();
    private readonly ClusterMembershipOptions _cluster = new();
    private readonly IHostApplicationLifetime _lifetime = Substitute.For<IHostApplicationLifetime>();

    public SiloHealthCheckTests()
    {
        _oracle.CurrentStatus.Returns(SiloStatus.Active);
        _catalog.IsLoaded.Returns(true);
        _model.GetStatus().Returns(new ModelStatus { Active = new ModelRef("shop", "1") });
    }

    [Fact]
    public Task A_member_with_its_catalogue_and_its_model_is_ready() => ExpectAsync(HealthStatus.Healthy, null);

    [Fact]
    public Task A_silo_that_stops_is_not_ready()
    {
        _lifetime.ApplicationStopping.Returns(new CancellationToken(canceled: true));

        return ExpectAsync(HealthStatus.Unhealthy, "The silo is stopping.");
    }

    [Theory]
    [InlineData(SiloStatus.Joining)]
    [InlineData(SiloStatus.ShuttingDown)]
    public Task A_silo_that_is_no_active_member_is_not_ready(SiloStatus status)
    {
        _oracle.CurrentStatus.Returns(status);

        return ExpectAsync(HealthStatus.Unhealthy, $"The silo is {status}, not yet an active member.");
    }

    [Fact]
    public Task A_silo_without_the_whole_catalogue_is_not_ready()
    {
        _catalog.IsLoaded.Returns(false);

        return ExpectAsync(HealthStatus.Unhealthy, "The catalogue is still being read from the topic.");
    }

    [Fact]
    public Task A_silo_that_loads_its_model_is_not_ready()
    {
        _model.GetStatus().Returns(new ModelStatus());

        return ExpectAsync(HealthStatus.Unhealthy, "The model is still being loaded.");
    }

    [Fact]
    public Task A_silo_whose_package_is_broken_is_ready()
    {
        _model.GetStatus().Returns(new ModelStatus { Error = "The package is damaged." });

        return ExpectAsync(HealthStatus.Healthy, null);
    }

    [Fact]
    public Task A_silo_that_runs_no_model_waits_for_none()
    {
        _cluster.Roles = SiloRoles.Users | SiloRoles.Ingestion;
        _model.GetStatus().Returns(new ModelStatus());

        return ExpectAsync(HealthStatus.Healthy, null);
    }

    private async Task ExpectAsync(HealthStatus status, string? why)
    {
        var result = await new SiloHealthCheck(_oracle, _catalog, _model, _cluster, _lifetime)
            .CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);

        (result.Status, result.Description).ShouldBe((status, why));
    }
}
