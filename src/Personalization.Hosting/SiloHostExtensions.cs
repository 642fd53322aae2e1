using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Serialization.Configuration;
using Personalization.Catalog;
using Personalization.Inference;
using Personalization.Operations;
using Personalization.Storage;
using Personalization.Time;

namespace Personalization.Hosting;

/// <summary>Puts a silo together from its parts.</summary>
public static class SiloHostExtensions
{
    /// <summary>Tag of the health checks that <c>/health/ready</c> asks.</summary>
    public const string ReadyTag = "ready";

    /// <summary>
    /// Adds a silo with the roles of <see cref="ClusterMembershipOptions.Roles"/>. <see cref="DatabaseSetup.RunAsync"/> must have run. A
    /// <see cref="ReplayClock"/> that is registered already is kept as the shop's clock.
    /// </summary>
    /// <param name="builder">The host.</param>
    /// <returns>The host.</returns>
    public static IHostApplicationBuilder AddPersonalizationSilo(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var cluster = builder.Configuration.GetValidated<ClusterMembershipOptions>(ClusterMembershipOptions.Section);
        var storage = builder.Configuration.GetValidated<StorageOptions>(StorageOptions.Section);
        var services = builder.Services;
        services.AddSingleton(cluster);
        services.TryAddSingleton(TimeProvider.System);
        var replayed = services.AddPersonalizationClock(builder.Configuration);

        services.AddSingleton<InstrumentReader>();
        services.AddHostedService(provider => provider.GetRequiredService<InstrumentReader>());
        builder.UseOrleans(silo =>
        {
            silo.UseMembership(cluster, storage);
            if (builder.Configuration.IsOtlpEnabled())
            {
                silo.AddActivityPropagation();
            }

            silo.AddPersonalizationStorage(storage);
            silo.AddPersonalizationGrains();
            if (cluster.Roles.HasFlag(SiloRoles.Inference))
            {
                silo.Services.AddPersonalizationInference();
            }

            silo.AddPersonalizationInferenceRouter();
            silo.Configure<SiloMessagingOptions>(messaging => messaging.MaxEnqueuedRequestsHardLimit = 10_000);
            if (!cluster.Roles.HasFlag(SiloRoles.Users))
            {
                silo.Services.PostConfigure<GrainTypeOptions>(types => types.Classes.RemoveWhere(type => type.Assembly == typeof(ISiloStatusSource).Assembly && !type.IsAssignableTo(typeof(ISiloGrain))));
            }
        });

        services.AddSingleton<ISiloStatusSource, SiloStatusSource>();
        services.AddPersonalizationCatalogFeed();
        services.AddPersonalizationChurnWarnings();
        if (cluster.Roles.HasFlag(SiloRoles.Ingestion))
        {
            services.AddPersonalizationIngestion(ingestion => ingestion.AdvanceClock |= replayed);
        }

        if (cluster.Roles.HasFlag(SiloRoles.Users))
        {
            services.AddHostedService<SweeperStarter>();
        }

        services.AddHealthChecks().AddCheck<SiloHealthCheck>("silo", tags: [ReadyTag]);
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(60));
        return builder;
    }

    /// <summary>Serves <c>/health/live</c> (this process works) and <c>/health/ready</c> (it may be sent work; if not, the body says why).</summary>
    /// <param name="endpoints">The routes.</param>
    /// <returns>The routes.</returns>
    public static IEndpointRouteBuilder MapPersonalizationHealth(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        endpoints.MapHealthChecks(
            "/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains(ReadyTag), ResponseWriter = HealthReportWriter.WriteAsync });
        return endpoints;
    }

    /// <summary>Registers the shop's clock as configured.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">Section <see cref="ClockOptions.Section"/>.</param>
    /// <returns>Whether shop time is driven by the stream.</returns>
    public static bool AddPersonalizationClock(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var clock = configuration.GetValidated<ClockOptions>(ClockOptions.Section);
        if (string.Equals(clock.Mode, "stream", StringComparison.Ordinal))
        {
            services.TryAddSingleton(new ReplayClock(clock.Start));
        }

        var replayed = services.Any(service => service.ServiceType == typeof(ReplayClock));
        if (replayed)
        {
            services.TryAddSingleton<ShopClock>(provider => provider.GetRequiredService<ReplayClock>());
        }
        else
        {
            services.TryAddSingleton(provider => ShopClock.Wall(provider.GetRequiredService<TimeProvider>()));
        }

        return replayed;
    }

    /// <summary>Reads and validates options that are needed before there are services.</summary>
    /// <typeparam name="TOptions">The options.</typeparam>
    /// <param name="configuration">The configuration.</param>
    /// <param name="section">Its section.</param>
    /// <returns>The options; throws <see cref="OptionsValidationException"/> that names every fault.</returns>
    public static TOptions GetValidated<TOptions>(this IConfiguration configuration, string section)
        where TOptions : class, new()
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var options = new TOptions();
        try
        {
            configuration.GetSection(section).Bind(options);
        }
        catch (InvalidOperationException exception)
        {
            throw new OptionsValidationException(section, typeof(TOptions), [exception.Message + " " + exception.InnerException?.Message]);
        }

        var faults = new List<ValidationResult>();
        return Validator.TryValidateObject(options, new ValidationContext(options), faults, validateAllProperties: true)
            ? options
            : throw new OptionsValidationException(section, typeof(TOptions), faults.Select(fault => fault.ErrorMessage!));
    }

    private static void UseMembership(this ISiloBuilder silo, ClusterMembershipOptions cluster, StorageOptions storage)
    {
        silo.Configure<ClusterOptions>(ids => (ids.ClusterId, ids.ServiceId) = (cluster.ClusterId, cluster.ServiceId));
        silo.Configure<SiloOptions>(options => options.SiloName = cluster.SiloName ?? $"{Environment.MachineName}-{cluster.SiloPort}");
        if (string.Equals(cluster.Mode, "localhost", StringComparison.Ordinal))
        {
            silo.UseLocalhostClustering(cluster.SiloPort, cluster.GatewayPort, serviceId: cluster.ServiceId, clusterId: cluster.ClusterId);
            silo.UseInMemoryReminderService();
            return;
        }

        silo.UsePersonalizationClustering(storage);

        // Gateways talk to users only: through a silo without any, its loss would take their calls along for nothing.
        var gatewayPort = cluster.Roles.HasFlag(SiloRoles.Users) ? cluster.GatewayPort : 0;
        if (cluster.AdvertisedAddress is { } address)
        {
            silo.ConfigureEndpoints(AdvertisedAddress.Resolve(address), cluster.SiloPort, gatewayPort, listenOnAnyHostAddress: true);
        }
        else
        {
            silo.ConfigureEndpoints(cluster.SiloPort, gatewayPort, listenOnAnyHostAddress: true);
        }

        if (cluster.SiloListenPort is { } port)
        {
            silo.Configure<EndpointOptions>(endpoints => endpoints.SiloListeningEndpoint = new IPEndPoint(IPAddress.Any, port));
        }
    }
}
