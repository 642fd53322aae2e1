namespace Personalization.Users;

/// <summary>A page of the stored sequence.</summary>
[GenerateSerializer]
[Immutable]
[Alias("personalization.history-page")]
public sealed record HistoryPage
{
    /// <summary>The shopper.</summary>
    [Id(0)]
    public required string UserId { get; init; }

    /// <summary>Version of the state, or null.</summary>
    [Id(1)]
    public string? Version { get; init; }

    /// <summary>True when the asked <c>minVersion</c> was not reached in time.</summary>
    [Id(2)]
    public bool Stale { get; init; }

    /// <summary>Newest first (event time, then stream position).</summary>
    [Id(3)]
    public HistoryEvent[] Events { get; init; } = [];

    /// <summary>Pass as <c>before</c> for the next page; null at the end.</summary>
    [Id(4)]
    public string? Next { get; init; }
}
