using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Storage;
using Personalization.Churn;
using Personalization.Inference;
using Personalization.Operations;
using Personalization.Testing;
using Personalization.Users;
using SiloStatus = Personalization.Operations.SiloStatus;

namespace Personalization.Benchmarks.Inference;

/// <summary>One silo in this process with the grains, the engine and the shipped model; state in memory, no Kafka, no HTTP.</summary>
internal static class ServingSilo
{
    /// <summary>Starts it.</summary>
    /// <param name="packages">Root of the model packages.</param>
    /// <param name="configure">Changes the engine's options.</param>
    /// <param name="storage">Where users are stored; default: in memory.</param>
    /// <param name="users">Changes the users' options.</param>
    /// <returns>The host; its <see cref="IGrainFactory"/> calls in the process.</returns>
    public static async Task<IHost> StartAsync(string packages, Action<InferenceOptions> configure, Action<ISiloBuilder>? storage = null, Action<UserOptions>? users = null)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        var ports = FreePort.Take(2);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(ports[0], ports[1]);
            silo.UseInMemoryReminderService();
            (storage ?? InMemory)(silo);
            silo.Services.AddSingleton<IChurnWarningSink, Nothing>();
            silo.Services.AddSingleton<ISiloStatusSource, Nothing>();
            silo.AddPersonalizationGrains(options =>
            {
                options.ChurnRefreshDelay = TimeSpan.FromMinutes(10);
                users?.Invoke(options);
            });
            silo.Services.AddPersonalizationInference(options =>
            {
                options.PackagesPath = packages;
                configure(options);
            });
            silo.AddPersonalizationInferenceRouter();
        });
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private static void InMemory(ISiloBuilder silo)
    {
        silo.Services.AddKeyedSingleton<IGrainStorage, ProcessStorage>(UserRecord.ProviderName);
        silo.AddMemoryGrainStorage("operations");
        silo.Services.AddSingleton<IDueUserStore, Nothing>();
    }

    /// <summary>What a silo needs and this measurement does not.</summary>
    private sealed class Nothing : IDueUserStore, IChurnWarningSink, ISiloStatusSource
    {
        public Task<IReadOnlyList<DueUser>> ListDueAsync(int bucket, DateTimeOffset now, DueUser? after, int limit, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<DueUser>>([]);

        public Task RescheduleAsync(
            IReadOnlyList<(string UserId, long Version, DateTimeOffset? NextCheck)> checks, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task PublishAsync(ChurnWarning warning, CancellationToken cancellationToken) => Task.CompletedTask;

        public SiloStatus GetStatus() => new() { Name = "benchmark", Address = "", Roles = [] };
    }
}
