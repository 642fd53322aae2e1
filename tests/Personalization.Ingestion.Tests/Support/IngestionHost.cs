using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Personalization.Users;

namespace Personalization.Ingestion.Tests;

/// <summary>One silo as far as ingestion is concerned.</summary>
internal sealed class IngestionHost : IAsyncDisposable
{
    private readonly IHost _host;
    private bool _stopped;

    private IngestionHost(IHost host) => _host = host;

    public T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    public static async Task<IngestionHost> StartAsync(
        FakeGrains grains,
        Action<IngestionOptions> configure,
        Action<IServiceCollection>? services = null)
    {
        var host = await StartAsync(
            collection =>
            {
                collection.AddSingleton<IUserGrains>(grains).AddSingleton<ILocalUsers>(new FakeLocalUsers());
                services?.Invoke(collection);
                collection.AddPersonalizationIngestion(configure);
            });
        return host;
    }

    public static async Task<IngestionHost> StartAsync(Action<IServiceCollection> services)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.AddProvider(new TestOutputLoggerProvider());
        services(builder.Services);
        var host = new IngestionHost(builder.Build());
        await host._host.StartAsync(TestContext.Current.CancellationToken);
        return host;
    }

    public async Task StopAsync()
    {
        _stopped = true;
        await _host.StopAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stopped)
        {
            await StopAsync();
        }

        _host.Dispose();
    }
}
