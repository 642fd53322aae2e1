using Orleans.Concurrency;
using Personalization.Time;

namespace Personalization.Operations;

/// <summary>Asks every active silo at the same time; one that does not answer within a second counts as silent.</summary>
[StatelessWorker]
internal sealed partial class ClusterGrain(TimeProvider time, ShopClock shop, ILogger<ClusterGrain> logger) : Grain, IClusterGrain
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public async Task<ClusterStatus> GetStatus()
    {
        var hosts = await GrainFactory.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true);
        var answers = await Task.WhenAll(hosts.Keys.Select(AskAsync));
        return new ClusterStatus
        {
            Time = time.GetUtcNow(),
            ShopTime = shop.GetUtcNow(),
            Silos = [.. answers.OfType<SiloStatus>().OrderBy(s => s.Name, StringComparer.Ordinal)],
            Silent = answers.Count(a => a is null),
        };
    }

    public Task<SiloAddress> Ping(CancellationToken cancellationToken) => Task.FromResult(GrainContext.Address.SiloAddress!);

    private async Task<SiloStatus?> AskAsync(SiloAddress silo)
    {
        try
        {
            var grain = GrainFactory.GetGrain<ISiloGrain>(silo.ToParsableString());
            return await grain.GetStatus().AsTask().WaitAsync(Patience, time);
        }
        catch (Exception e)
        {
            LogSilent(silo, e);
            return null;
        }
    }

    [LoggerMessage(2100, LogLevel.Warning, "Silo {Silo} did not say how it is.")]
    private partial void LogSilent(SiloAddress silo, Exception exception);
}
