namespace Personalization.Operations;

/// <summary>Gathers the silos' statuses. Key 0; a stateless worker.</summary>
[Alias("personalization.cluster-grain")]
public interface IClusterGrain : IGrainWithIntegerKey
{
    /// <summary>All silos that are active; one that does not answer in time is left out and counted.</summary>
    /// <returns>The statuses.</returns>
    [Alias("status")]
    Task<ClusterStatus> GetStatus();
}
