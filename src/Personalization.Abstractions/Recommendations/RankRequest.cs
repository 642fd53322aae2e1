namespace Personalization.Recommendations;

/// <summary>Asks for the caller's own items in the shopper's order.</summary>
[GenerateSerializer]
[Immutable]
[Alias("personalization.rank-request")]
public sealed record RankRequest
{
    /// <summary>1-1,000 items.</summary>
    [Id(0)]
    public required string[] ItemIds { get; init; }

    /// <summary>A version token: never answer from an older state.</summary>
    [Id(1)]
    public string? MinVersion { get; init; }

    /// <summary>Default 100 ms, at most 10 s.</summary>
    [Id(2)]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>When it was sent, so that what it waits on the way counts as well; null: the time counts from the grain's turn on.</summary>
    [Id(3)]
    public SendStamp? Sent { get; init; }
}
