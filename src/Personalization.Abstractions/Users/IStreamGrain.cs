namespace Personalization.Users;

/// <summary>Knows which silo reads which partition of the clickstream. Key = 0. What it knows is lost with its silo and told again within seconds.</summary>
[Alias("personalization.stream-grain")]
public interface IStreamGrain : IGrainWithIntegerKey
{
    /// <summary>Says what a silo reads now, and hears what the others read.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="partitions">Its partitions; empty where it reads none.</param>
    /// <returns>The silo by partition, as far as it is known; null where it is not.</returns>
    [Alias("report")]
    Task<SiloAddress?[]> Report(SiloAddress silo, int[] partitions);
}
