using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Personalization.Catalog;
using Personalization.Churn;
using Personalization.Items;
using Personalization.Placement;
using Personalization.Profiles;
using Personalization.Ranking;
using Personalization.Telemetry;
using Personalization.Time;
using Personalization.Trending;
using Personalization.Users;

namespace Personalization;

/// <summary>Registers what the grains need.</summary>
public static class GrainsSiloBuilderExtensions
{
    /// <summary>
    /// Adds the users, items, churn, model and operations grains. The host provides the storage providers <see cref="UserRecord.ProviderName"/> and
    /// <c>operations</c>, reminders (and starts the sweepers), <c>IInferenceRouter</c>, <c>IDueUserStore</c>, <c>IChurnWarningSink</c> and <c>ISiloStatusSource</c>; a
    /// <see cref="ShopClock"/>, a <see cref="TimeProvider"/> and a catalogue are made when there are none.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="configure">Changes the options after configuration is bound.</param>
    /// <returns>The same builder.</returns>
    public static ISiloBuilder AddPersonalizationGrains(this ISiloBuilder builder, Action<UserOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        Bind<UserOptions>(services, UserOptions.Section);
        if (configure is not null)
        {
            services.Configure(configure);
        }

        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(p => ShopClock.Wall(p.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton(p => new ItemCatalog(p.GetRequiredService<IOptions<RankingOptions>>().Value));
        services.TryAddSingleton<IItemCatalog>(p => p.GetRequiredService<ItemCatalog>());
        services.AddSingleton<GrainsInstruments>();
        services.AddSingleton<TrendingCache>();
        Bind<TrendingOptions>(services, TrendingOptions.SectionName);
        services.AddSingleton(p => new TrendingDelta(p.GetRequiredService<IOptions<TrendingOptions>>().Value));
        services.AddSingleton<TrendingReporter>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(p => p.GetRequiredService<TrendingReporter>());
        Bind<RankingOptions>(services, RankingOptions.SectionName);
        services.AddSingleton(p => new RankingPipeline(
            p.GetRequiredService<IItemCatalog>(),
            p.GetRequiredService<IOptions<RankingOptions>>().Value,
            p.GetService<IModelVocabulary>()));
        services.AddSingleton(p => new FallbackShelf(p.GetRequiredService<IItemCatalog>(), p.GetRequiredService<IOptions<RankingOptions>>().Value));
        services.AddSingleton<Deadlines>();
        services.AddSingleton<ShelfFlights>();
        services.AddSingleton<ModelCaller>();
        services.AddSingleton<ModelShelf>();
        services.AddSingleton<FallbackShelves>();
        services.AddSingleton<Recommender>();
        services.AddSingleton<Ranker>();
        Bind<ChurnOptions>(services, ChurnOptions.SectionName);
        Bind<SweeperOptions>(services, SweeperOptions.Section);
        services.AddSingleton(p => new ChurnPolicy(p.GetRequiredService<IOptions<ChurnOptions>>().Value));
        services.AddSingleton<ChurnScorer>();
        services.AddSingleton<RefreshLimit>();
        services.AddSingleton<ChurnServices>();
        services.AddSingleton<SweepJudge>();
        Bind<ProfileOptions>(services, ProfileOptions.SectionName);
        services.AddSingleton(p => new ProfileBuilder(p.GetRequiredService<IItemCatalog>(), p.GetRequiredService<IOptions<ProfileOptions>>().Value));
        services.AddSingleton<SnapshotQueue>();
        services.AddSingleton<StreamMap>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(p => p.GetRequiredService<StreamMap>());
        services.AddSingleton<UserStates>();
        services.AddSingleton<ActiveUsers>();
        services.AddSingleton<RestingUsers>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(p => p.GetRequiredService<RestingUsers>());
        services.AddSingleton<ILocalUsers, LocalUsers>();
        services.AddSingleton<ILocalShelves, LocalShelves>();
        services.AddSingleton<UserServices>();
        return builder.AddPlacementDirector<SiloAddressPlacement, SiloAddressPlacementDirector>().AddPlacementDirector<StreamPlacement, StreamPlacementDirector>();
    }

    private static void Bind<TOptions>(IServiceCollection services, string section)
        where TOptions : class => services.AddOptions<TOptions>().BindConfiguration(section).ValidateDataAnnotations().ValidateOnStart();
}
