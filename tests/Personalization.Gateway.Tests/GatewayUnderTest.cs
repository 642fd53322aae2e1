using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Personalization.Client;
using Personalization.Gateway;
using Personalization.Time;

namespace Personalization.GatewayTests;

/// <summary>The gateway, in memory or on a port, over a client that the test scripts.</summary>
public sealed class GatewayUnderTest : IAsyncDisposable
{
    private readonly WebApplication _app;

    private GatewayUnderTest(WebApplication app, KeptLogs logs)
    {
        _app = app;
        Logs = logs;
        Http = app.Urls.FirstOrDefault() is { } url ? new HttpClient { BaseAddress = new Uri(url) } : app.GetTestClient();
    }

    public IServiceProvider Services => _app.Services;

    public IPersonalizationClient Client => Services.GetRequiredService<IPersonalizationClient>();

    public IGrainFactory Grains => Services.GetRequiredService<IGrainFactory>();

    public HttpClient Http { get; }

    internal KeptLogs Logs { get; }

    internal WarningFeed Warnings => Services.GetRequiredService<WarningFeed>();

    /// <summary>Starts a gateway.</summary>
    /// <param name="configure">Its options.</param>
    /// <param name="now">The shop's time; null for the wall's.</param>
    /// <param name="clock">Real time; null for the wall's.</param>
    /// <param name="overHttp">Serve a free port with the real server, which reads a path otherwise than one in memory does.</param>
    /// <returns>The gateway.</returns>
    public static async Task<GatewayUnderTest> StartAsync(
        Action<GatewayOptions>? configure = null, DateTimeOffset? now = null, TimeProvider? clock = null, bool overHttp = false)
    {
        var builder = WebApplication.CreateBuilder();
        var logs = new KeptLogs();
        builder.Logging.ClearProviders().AddProvider(logs).SetMinimumLevel(LogLevel.Warning);
        if (overHttp)
        {
            builder.WebHost.UseUrls("http://127.0.0.1:0");
        }
        else
        {
            builder.WebHost.UseTestServer();
        }

        builder.Services.AddSingleton(Substitute.For<IPersonalizationClient>());
        builder.Services.AddSingleton(Substitute.For<IGrainFactory>());
        builder.Services.AddSingleton(ShopClock.Wall(now is { } time ? new FakeTimeProvider(time) : null));
        if (clock is not null)
        {
            builder.Services.AddSingleton(clock);
        }

        if (configure is not null)
        {
            builder.Services.PostConfigure(configure);
        }

        builder.AddPersonalizationGateway();
        // No Kafka here: warnings are put into the feed by the tests.
        foreach (var service in builder.Services.Where(service => service.ServiceType == typeof(IHostedService) && service.ImplementationFactory?.Method.DeclaringType?.Assembly == typeof(GatewayOptions).Assembly).ToArray())
        {
            builder.Services.Remove(service);
        }

        var app = builder.Build();
        app.MapPersonalizationGateway();
        await app.StartAsync();
        return new GatewayUnderTest(app, logs);
    }

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }
}
