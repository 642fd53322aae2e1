using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Personalization.Inference.Models;
using Personalization.Inference.Routing;

namespace Personalization.Inference;

/// <summary>Gives a silo its way to the model.</summary>
public static class InferenceSiloBuilderExtensions
{
    /// <summary>
    /// Adds <see cref="IInferenceRouter"/>; every silo has it. The silo says by metadata (<c>personalization.inference</c>) whether it has
    /// the engine. A host that calls <c>UseSiloMetadata</c> itself does so before this and sets that key to <c>true</c> or <c>false</c>.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <returns>The same builder.</returns>
    public static ISiloBuilder AddPersonalizationInferenceRouter(this ISiloBuilder builder)
    {
        var services = builder.Services;
        if (!services.Any(service => service.ServiceType == typeof(ISiloMetadataCache)))
        {
            var hasEngine = services.Any(service => service.ServiceType == typeof(ModelHost));
            builder.UseSiloMetadata(new Dictionary<string, string>(StringComparer.Ordinal)
            {
                [MembershipInferenceSilos.RoleKey] = hasEngine ? "true" : "false",
            });
        }

        builder.AddPlacementDirector<SiloKeyPlacementStrategy, SiloKeyPlacementDirector>();
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<RoutingInstruments>();
        services.TryAddSingleton<IModelStatusSource, NoEngineStatusSource>();
        services.TryAddSingleton<IInferenceSilos, MembershipInferenceSilos>();
        services.TryAddSingleton<IInferenceTransport, GrainInferenceTransport>();
        services.TryAddSingleton(provider => new InferenceTargets(
            provider.GetRequiredService<IInferenceSilos>(),
            provider.GetRequiredService<IInferenceTransport>(),
            provider.GetRequiredService<RoutingInstruments>(),
            provider.GetRequiredService<TimeProvider>(),
            RandomNumberGenerator.GetInt32,
            provider.GetRequiredService<ILogger<InferenceTargets>>()));
        services.TryAddSingleton<IInferenceRouter, InferenceRouter>();
        return builder;
    }
}
