using Orleans.Concurrency;
using Orleans.Runtime;

namespace Personalization.Operations;

/// <summary>Gathers the silos' statuses. Any key; a stateless worker.</summary>
[Alias("personalization.cluster-grain")]
public interface IClusterGrain : IGrainWithIntegerKey
{
    /// <summary>All silos that are active; one that does not answer in time is left out and counted.</summary>
    /// <returns>The statuses.</returns>
    [Alias("status")]
    Task<ClusterStatus> GetStatus();

    /// <summary>Answers at once, from the silo that the call comes to: a client spreads keys over the silos, and keeps to a silo for each.</summary>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <returns>That silo.</returns>
    [Alias("ping")]
    [AlwaysInterleave]
    Task<SiloAddress> Ping(CancellationToken cancellationToken);
}
