using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Personalization.Events;
using Personalization.Gateway;
using Personalization.Hosting;
using Personalization.Ingestion;
using Personalization.Replay;
using Personalization.Storage;
using Personalization.Time;

namespace Personalization.Silo.Demo;

/// <summary>The whole system in one process.</summary>
internal static class DemoCommand
{
    /// <summary>Exit code for an input that is not there (EX_NOINPUT).</summary>
    private const int NoInput = 66;

    public static async Task<int> RunAsync(DemoOptions options, CancellationToken cancellationToken)
    {
        if (MissingFile(options.DatasetDirectory) is { } missing)
        {
            await Console.Error.WriteLineAsync($"'{missing}' is not there. Point --dataset at the folder models/data/online-retail of the repository.");
            return NoInput;
        }

        Console.WriteLine("Reading the shop's data ...");
        var dataset = OnlineRetailDataset.Load(options.DatasetDirectory);
        using var data = new DataDirectory(options.DataDirectory);
        var position = Math.Min(data.ReadPosition(), dataset.Count);
        Console.WriteLine($"Starting the shop: {dataset.Count:N0} purchases, embedded Kafka, SQLite in {data.Path} ...");
        using var broker = EmbeddedBroker.Start(Topics.Clickstream, Topics.DeadLetter, Topics.Items, Topics.ChurnWarnings);
        return await HostRunner.RunAsync(BuildAsync, cancellationToken);

        async Task<WebApplication> BuildAsync()
        {
            var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
            builder.Configuration.AddInMemoryCollection(Settings(options, data, broker));
            builder.Services.AddSingleton(new ReplayClock(dataset[(int)Math.Min(position, dataset.Count - 1)].Timestamp));
            builder.Services.AddSingleton(new DemoReplaySource(dataset, position, Path.Combine(options.DatasetDirectory, OnlineRetailDataset.ItemsFile)));
            builder.Services.AddSingleton(options);
            builder.Services.AddSingleton(data);
            builder.Services.AddSingleton(broker);
            builder.Services.Configure<IngestionOptions>(broker.Configure);

            await DatabaseSetup.RunAsync(
                builder.Configuration.GetValidated<StorageOptions>(StorageOptions.Section), NullLogger.Instance, cancellationToken);
            builder.AddPersonalizationSilo();
            builder.AddPersonalizationGateway();
            builder.AddPersonalizationTelemetry("personalization-demo");
            builder.Services.AddHostedService<DemoReplay>();

            var app = builder.Build();
            app.MapPersonalizationGateway();
            app.MapPersonalizationHealth();
            app.MapPersonalizationMetrics();
            return app;
        }
    }

    private static Dictionary<string, string?> Settings(DemoOptions options, DataDirectory data, EmbeddedBroker broker)
    {
        var ports = FreePorts(2);
        return new(StringComparer.Ordinal)
        {
            ["urls"] = options.Urls,
            // Also in a shell that is set up for a cluster.
            ["Personalization:Cluster:Mode"] = "localhost",
            ["Personalization:Storage:Provider"] = "sqlite",
            ["Personalization:Cluster:SiloName"] = "demo",
            ["Personalization:Cluster:SiloPort"] = ports[0].ToString(),
            ["Personalization:Cluster:GatewayPort"] = ports[1].ToString(),
            ["Personalization:Storage:ConnectionString"] = $"Data Source={data.Database}",
            ["Personalization:Kafka:BootstrapServers"] = broker.BootstrapServers,
            ["Personalization:Kafka:Epoch"] = broker.Epoch,
            ["Personalization:Inference:PackagesPath"] = Path.Combine(AppContext.BaseDirectory, "models", "packages"),
        };
    }

    private static string? MissingFile(string directory) =>
        new[] { OnlineRetailDataset.EventsFile, OnlineRetailDataset.ItemsFile }
            .Select(file => Path.Combine(directory, file)).FirstOrDefault(file => !File.Exists(file));

    // The demo talks to itself only, so its silo takes whatever ports are free.
    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        try
        {
            Array.ForEach(listeners, listener => listener.Start());
            return [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            Array.ForEach(listeners, listener => listener.Dispose());
        }
    }
}
