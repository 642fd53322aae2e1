namespace Personalization.Recommendations;

/// <summary>Asks for a shopper's shelf.</summary>
[GenerateSerializer]
[Immutable]
[Alias("personalization.recommendation-request")]
public sealed record RecommendationRequest
{
    /// <summary>1-100. Default 20.</summary>
    [Id(0)]
    public int Count { get; init; } = 20;

    /// <summary>A version token: never answer from an older state. Default: any state.</summary>
    [Id(1)]
    public string? MinVersion { get; init; }

    /// <summary>Only items of one of these categories. Default: all.</summary>
    [Id(2)]
    public string[] Categories { get; init; } = [];

    /// <summary>Items that must not be in the answer.</summary>
    [Id(3)]
    public string[] ExcludeItems { get; init; } = [];

    /// <summary>Whether answers carry the catalogue's entries. Default false.</summary>
    [Id(4)]
    public bool IncludeItems { get; init; }

    /// <summary>How long the whole answer may take; then a fallback answers. Default 100 ms, at most 10 s.</summary>
    [Id(5)]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>When it was sent, so that what it waits on the way counts as well; null: the time counts from the grain's turn on.</summary>
    [Id(6)]
    public SendStamp? Sent { get; init; }
}
