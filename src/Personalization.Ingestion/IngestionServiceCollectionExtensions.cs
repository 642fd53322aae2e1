using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Personalization.Catalog;
using Personalization.Churn;
using Personalization.Ingestion;
using Personalization.Time;
using Personalization.Users;

namespace Personalization;

/// <summary>Registers what connects a silo to Kafka.</summary>
public static class IngestionServiceCollectionExtensions
{
    /// <summary>
    /// Ingestion role: consumes the clickstream, calls user grains and sets refused events aside. Register it
    /// after <c>UseOrleans</c>, so that it starts when the silo is active and stops before it.
    /// </summary>
    /// <param name="services">The services; an <see cref="IGrainFactory"/> and an <see cref="ILocalUsers"/> are expected in them.</param>
    /// <param name="configure">Changes the options after configuration section <see cref="IngestionOptions.Section"/>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddPersonalizationIngestion(this IServiceCollection services, Action<IngestionOptions>? configure = null)
    {
        AddKafka(services, configure);
        services.TryAddSingleton<TopicEpochs>();
        services.TryAddSingleton<LogEnds>();
        services.TryAddSingleton<EventDecoder>();
        services.TryAddSingleton<DeadLetterPublisher>();
        services.TryAddSingleton<LostEvents>();
        services.TryAddSingleton<RecordIntake>();
        services.TryAddSingleton<IUserGrains, UserGrains>();
        services.TryAddSingleton<UserAppender>();
        services.TryAddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<IngestionOptions>>().Value;
            return new InFlightBudget(options.MaxInFlightEvents, options.MaxInFlightBytes);
        });
        services.TryAddSingleton(provider => new PartitionServices(
            provider.GetRequiredService<UserAppender>(),
            provider.GetRequiredService<DeadLetterPublisher>(),
            provider.GetRequiredService<InFlightBudget>(),
            provider.GetRequiredService<IngestionInstruments>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IOptions<IngestionOptions>>().Value));
        services.TryAddSingleton<ClickstreamConsumer>();
        services.AddSingleton<IStreamReader>(provider => provider.GetRequiredService<ClickstreamConsumer>());
        services.AddHostedService(provider => provider.GetRequiredService<ClickstreamConsumer>());
        return services;
    }

    /// <summary>Every silo: keeps the silo's <see cref="ItemCatalog"/> equal to topic <c>items</c>.</summary>
    /// <param name="services">The services; an <see cref="ItemCatalog"/> is expected in them.</param>
    /// <param name="configure">Changes the options after configuration section <see cref="IngestionOptions.Section"/>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddPersonalizationCatalogFeed(this IServiceCollection services, Action<IngestionOptions>? configure = null)
    {
        AddKafka(services, configure);
        services.AddHostedService<CatalogFeed>();
        return services;
    }

    /// <summary>Every silo that holds users: publishes churn warnings to their topic.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Changes the options after configuration section <see cref="IngestionOptions.Section"/>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddPersonalizationChurnWarnings(this IServiceCollection services, Action<IngestionOptions>? configure = null)
    {
        AddKafka(services, configure);
        services.TryAddSingleton<IChurnWarningSink, ChurnWarningPublisher>();
        return services;
    }

    private static void AddKafka(IServiceCollection services, Action<IngestionOptions>? configure)
    {
        var options = services.AddOptions<IngestionOptions>();
        if (services.All(service => service.ServiceType != typeof(KafkaClients)))
        {
            options.BindConfiguration(IngestionOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        }

        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => ShopClock.Wall(provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<KafkaClients>();
        services.TryAddSingleton<KafkaPublisher>();
        services.TryAddSingleton<TopicProvisioner>();
        services.TryAddSingleton<IngestionInstruments>();
        services.TryAddSingleton<KafkaAdmin>();
        services.TryAddSingleton<ITopicIdentity, KafkaTopicIdentity>();
    }
}
