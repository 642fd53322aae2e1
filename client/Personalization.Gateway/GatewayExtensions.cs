using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Personalization.Client;
using Personalization.Validation;
using Scalar.AspNetCore;

namespace Personalization.Gateway;

/// <summary>The HTTP API as a part of a host.</summary>
public static class GatewayExtensions
{
    /// <summary>Adds the API. An <see cref="IGrainFactory"/> and the shop's clock must be there.</summary>
    /// <param name="builder">The host.</param>
    /// <returns>The host.</returns>
    public static WebApplicationBuilder AddPersonalizationGateway(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddOptions<GatewayOptions>().BindConfiguration(GatewayOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddPersonalizationClient();
        services.TryAddSingleton<EventParser>();
        services.AddSingleton<RouteLatency>();
        services.AddSingleton<WarningFeed>();
        services.AddHostedService(provider => provider.GetRequiredService<WarningFeed>());
        services.ConfigureHttpJsonOptions(json => PersonalizationJson.Configure(json.SerializerOptions));
        services.AddSingleton<IProblemDetailsWriter, ProblemWriter>();
        services.AddProblemDetails();
        services.AddExceptionHandler<ProblemExceptionHandler>();
        // It writes late calls with the key of their grain, which may be a shopper's id; the handler says that a call was late.
        builder.Logging.AddFilter("Orleans.Runtime.CallbackData", LogLevel.None);
        services.AddOpenApi("v1", openApi => openApi.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Personalization";
            document.Info.Description = "Recommendations and churn warnings that already know the last click.";
            return Task.CompletedTask;
        }));
        // A request goes on where its bytes came in, which is on the thread pool, and its answer is sent from where it is made: each thread that need not be woken
        // for it is some 20 microseconds of a processor.
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        // The server's own limit, 30 MB, would refuse first what the option allows. It stands behind that: who sends somewhat more is told so, and not cut off.
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<GatewayOptions>>(
            (server, gateway) => server.Limits.MaxRequestBodySize += gateway.Value.MaxBodyBytes);
        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<GatewayOptions>>(ConcurrencyLimits.Configure);
        return builder;
    }

    /// <summary>Maps every route, the documentation and the pages.</summary>
    /// <param name="app">The application.</param>
    /// <returns>The application.</returns>
    public static WebApplication MapPersonalizationGateway(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        PoolThreads.Use(app);
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        ForeignPages.Refuse(app);
        app.UseRateLimiter();
        EncodedSlashes.Use(app);
        Pages.Map(app);
        var requests = app.MapGroup(string.Empty).RequireRateLimiting(ConcurrencyLimits.Requests).ProducesProblem(429).ProducesProblem(503);
        EventEndpoints.Map(requests, app.Services.GetRequiredService<IOptions<GatewayOptions>>().Value);
        RecommendationEndpoints.Map(requests);
        UserEndpoints.Map(requests);
        ItemEndpoints.Map(requests);
        OperationEndpoints.Map(requests);
        StreamEndpoint.Map(app);
        SchemaEndpoints.Map(app);
        app.MapOpenApi("/openapi/{documentName}.json");
        app.MapScalarApiReference("/docs", scalar => scalar.WithTitle("Personalization API").WithOpenApiRoutePattern("/openapi/v1.json"));
        return app;
    }
}
