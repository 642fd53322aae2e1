using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Personalization.Catalog;
using Personalization.Items;
using Personalization.Placement;
using Personalization.Telemetry;
using Personalization.Time;
using Personalization.Users;

namespace Personalization;

/// <summary>Registers what the grains need.</summary>
public static class GrainsSiloBuilderExtensions
{
    /// <summary>
    /// Adds the users, items, churn, model and operations grains. The host provides the storage providers <see cref="UserRecord.ProviderName"/> and
    /// <c>operations</c>, reminders, <c>IInferenceRouter</c>, <c>IDueUserStore</c>, <c>IChurnWarningSink</c> and <c>ISiloStatusSource</c>; a
    /// <see cref="ShopClock"/>, a <see cref="TimeProvider"/> and a catalogue are made when there are none.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="configure">Changes the options after configuration is bound.</param>
    /// <returns>The same builder.</returns>
    public static ISiloBuilder AddPersonalizationGrains(this ISiloBuilder builder, Action<UserOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        var options = services.AddOptions<UserOptions>().BindConfiguration(UserOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(p => ShopClock.Wall(p.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<ItemCatalog>();
        services.TryAddSingleton<IItemCatalog>(p => p.GetRequiredService<ItemCatalog>());
        services.AddSingleton<GrainsInstruments>();
        services.AddSingleton<TrendingCache>();
        services.AddSingleton<TrendingReporter>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(p => p.GetRequiredService<TrendingReporter>());
        services.AddSingleton<ModelCaller>();
        services.AddSingleton<ModelShelf>();
        services.AddSingleton<FallbackShelves>();
        services.AddSingleton<Recommender>();
        services.AddSingleton<Ranker>();
        services.AddSingleton<UserServices>();
        return builder.AddPlacementDirector<SiloAddressPlacement, SiloAddressPlacementDirector>();
    }
}
