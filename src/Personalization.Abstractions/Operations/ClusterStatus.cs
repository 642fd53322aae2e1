namespace Personalization.Operations;

/// <summary>The cluster as the operator sees it.</summary>
[GenerateSerializer]
[Immutable]
[Alias("personalization.cluster-status")]
public sealed record ClusterStatus
{
    /// <summary>Wall time.</summary>
    [Id(0)]
    public DateTimeOffset Time { get; init; }

    /// <summary>Shop time (differs under a replay clock).</summary>
    [Id(1)]
    public DateTimeOffset ShopTime { get; init; }

    /// <summary>The silos that answered.</summary>
    [Id(2)]
    public SiloStatus[] Silos { get; init; } = [];

    /// <summary>Active silos that did not answer in time.</summary>
    [Id(3)]
    public int Silent { get; init; }
}
