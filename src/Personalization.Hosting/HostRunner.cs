using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using Personalization.Storage;

namespace Personalization.Hosting;

/// <summary>Runs a host to its end and turns a failed start into a sentence and an exit code.</summary>
public static class HostRunner
{
    // EX_CONFIG: a configuration that cannot be used.
    private const int BadConfiguration = 78;

    // EX_UNAVAILABLE: a service that is not there.
    private const int Unavailable = 69;

    /// <summary>Builds a host, starts it and waits for its end.</summary>
    /// <param name="build">Builds it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>0, also where it is stopped before it has started; 78 where the configuration cannot be used, 69 where what it needs is not there: why is on standard error.</returns>
    public static async Task<int> RunAsync(Func<Task<WebApplication>> build, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(build);
        WebApplication? app = null;
        try
        {
            app = await build();
            // The host would do both, too, but what the settings are for is made first, and it writes the stack to the log.
            app.Services.GetService<IStartupValidator>()?.Validate();
            _ = app.Services.GetServices<IHostedService>();
            await app.StartAsync(cancellationToken);
        }
        catch (Exception exception) when (IsStopped(exception, app, cancellationToken))
        {
            await StopAsync(app);
            return await EndAsync(app, 0);
        }
        catch (Exception exception) when (Explain(exception) is { } failure)
        {
            await Console.Error.WriteLineAsync(failure.Sentence);
            return await EndAsync(app, failure.Code);
        }

        await app.WaitForShutdownAsync(cancellationToken);
        return await EndAsync(app, 0);
    }

    private static (int Code, string Sentence)? Explain(Exception exception) => exception switch
    {
        OptionsValidationException invalid => Refused(invalid.Failures),
        AggregateException { InnerExceptions: var all } when all.All(inner => inner is OptionsValidationException) =>
            Refused(all.Cast<OptionsValidationException>().SelectMany(invalid => invalid.Failures)),
        // Nobody validates these: a value that is no number or no time, and a setting that is for Kafka's client or the web server to judge.
        InvalidOperationException or ArgumentException when exception.Source is "Microsoft.Extensions.Configuration.Binder" or "Confluent.Kafka" or "Microsoft.AspNetCore.Server.Kestrel.Core" =>
            Refused([$"{exception.Message} {exception.InnerException?.Message}"]),
        FormatException { Source: "Microsoft.AspNetCore.Http" } => Refused([$"{exception.Message} It is to be an address such as http://127.0.0.1:8080 (ASPNETCORE_URLS, --urls)."]),
        DatabaseUnavailableException => (Unavailable, exception.Message),
        AddressInUseException or SocketException =>
            (Unavailable, $"Cannot start: {exception.Message}. It cannot listen on what it shall: ASPNETCORE_URLS (--urls), or a silo's Personalization:Cluster:SiloPort and GatewayPort."),
        IOException => (Unavailable, "Cannot start: " + exception.Message),
        _ => null,
    };

    private static (int Code, string Sentence) Refused(IEnumerable<string> faults) =>
        (BadConfiguration, "The configuration cannot be used:\n  " + string.Join("\n  ", faults));

    // By a signal as by the token: the host listens to signals itself, and a gateway without silos, or a silo that warms its model up, is long on its way.
    private static bool IsStopped(Exception exception, WebApplication? app, CancellationToken cancellationToken) =>
        exception is OperationCanceledException or OrleansLifecycleCanceledException
        && (cancellationToken.IsCancellationRequested || app?.Lifetime.ApplicationStopping.IsCancellationRequested == true);

    // What has started leaves in order: of a silo that has joined, the others would have to find out that it is gone.
    private static async Task StopAsync(WebApplication? app)
    {
        try
        {
            await (app?.StopAsync() ?? Task.CompletedTask);
        }
        catch (Exception)
        {
            // The host has logged what did not stop, which may be what was only half started.
        }
    }

    private static async Task<int> EndAsync(WebApplication? app, int code)
    {
        if (app is not null)
        {
            await app.DisposeAsync();
        }

        return code;
    }
}
