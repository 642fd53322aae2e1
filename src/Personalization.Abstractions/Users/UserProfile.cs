namespace Personalization.Users;

/// <summary>Who a shopper is. Counts, first seen and spend are over the whole life since the first event or the last erasure; the rest is from the stored sequence.</summary>
[GenerateSerializer]
[Immutable]
[Alias("personalization.user-profile")]
public sealed record UserProfile
{
    /// <summary>The shopper.</summary>
    [Id(0)]
    public required string UserId { get; init; }

    /// <summary>Version of the state, or null for a user nothing was heard of.</summary>
    [Id(1)]
    public string? Version { get; init; }

    /// <summary>True when the asked <c>minVersion</c> was not reached in time.</summary>
    [Id(2)]
    public bool Stale { get; init; }

    /// <summary>Events by type (JSON names of the types; only those that occurred).</summary>
    [Id(3)]
    public Dictionary<string, long> Counts { get; init; } = [];

    /// <summary>Events in the stored sequence.</summary>
    [Id(4)]
    public int SequenceLength { get; init; }

    /// <summary>First event, or null.</summary>
    [Id(5)]
    public DateTimeOffset? FirstSeen { get; init; }

    /// <summary>Last event, or null.</summary>
    [Id(6)]
    public DateTimeOffset? LastSeen { get; init; }

    /// <summary>Days since the last event, shop time, or null.</summary>
    [Id(7)]
    public double? RecencyDays { get; init; }

    /// <summary>Best first, weights sum to 1, at most 10.</summary>
    [Id(8)]
    public WeightedName[] TopCategories { get; init; } = [];

    /// <summary>Best first, weights sum to 1, at most 10.</summary>
    [Id(9)]
    public WeightedName[] TopBrands { get; init; } = [];

    /// <summary>Where the shopper's prices lie in the catalogue's: <c>low</c>, <c>middle</c>, <c>high</c>; null when unknown.</summary>
    [Id(10)]
    public string? PriceLevel { get; init; }

    /// <summary>Sum of quantity x price over purchases less cancellations, the shop's currency.</summary>
    [Id(11)]
    public decimal Spend { get; init; }

    /// <summary>Names such as <c>new</c>, <c>loyal</c>, <c>big_spender</c>, <c>at_risk</c>, <c>browser</c>.</summary>
    [Id(12)]
    public string[] Segments { get; init; } = [];
}
