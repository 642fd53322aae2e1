using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Personalization.Client;

/// <summary>Registers the client.</summary>
public static class ClientExtensions
{
    /// <summary>Adds <see cref="IPersonalizationClient"/> over the silos and Kafka. An <see cref="IGrainFactory"/> (an Orleans client or a silo) must be there.</summary>
    /// <param name="services">The services.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddPersonalizationClient(this IServiceCollection services)
    {
        services.AddOptions<KafkaOptions>().BindConfiguration(KafkaOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IStreamProducer, StreamProducer>();
        services.TryAddSingleton<IPersonalizationClient, ClusterPersonalizationClient>();
        return services;
    }

    /// <summary>Adds <see cref="IPersonalizationClient"/> over the HTTP API. Each resolved one is new, as <see cref="IHttpClientFactory"/> has it; they share what they know of users' versions.</summary>
    /// <param name="services">The services.</param>
    /// <param name="gateway">Address of the gateway, with or without a slash at its end.</param>
    /// <returns>The HTTP client's builder, for resilience and authentication.</returns>
    public static IHttpClientBuilder AddPersonalizationHttpClient(this IServiceCollection services, Uri gateway)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        var address = gateway.AbsoluteUri.EndsWith('/') ? gateway : new Uri(gateway.AbsoluteUri + "/");
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(_ => new VersionMemory(HttpPersonalizationClient.RememberedUsers));
        return services
            .AddHttpClient<IPersonalizationClient, HttpPersonalizationClient>((http, provider) =>
                new HttpPersonalizationClient(http, provider.GetRequiredService<VersionMemory>(), provider.GetRequiredService<TimeProvider>()))
            .ConfigureHttpClient(http => http.BaseAddress = address);
    }
}
