namespace Personalization.Operations;

/// <summary>Percentiles in milliseconds.</summary>
/// <param name="Count">Measurements.</param>
/// <param name="P50">Median.</param>
/// <param name="P90">90th percentile.</param>
/// <param name="P99">99th percentile.</param>
/// <param name="Max">Largest.</param>
[GenerateSerializer]
[Immutable]
[Alias("personalization.latency-summary")]
public readonly record struct LatencySummary(
    [property: Id(0)] long Count,
    [property: Id(1)] double P50,
    [property: Id(2)] double P90,
    [property: Id(3)] double P99,
    [property: Id(4)] double Max);
