namespace Personalization.Gateway;

/// <summary>Body of <c>POST /v1/users/{userId}/recommendations</c>: the query parameters of GET.</summary>
internal sealed record RecommendationBody
{
    /// <summary>1-100.</summary>
    public int Count { get; init; } = 20;

    /// <summary>A version token.</summary>
    public string? MinVersion { get; init; }

    /// <summary>Only items of one of these categories.</summary>
    public string[]? Category { get; init; }

    /// <summary>Items that must not be in the answer.</summary>
    public string[]? ExcludeItem { get; init; }

    /// <summary><c>items</c>: answers carry the catalogue's entries.</summary>
    public string[]? Include { get; init; }

    /// <summary>1-10,000.</summary>
    public int TimeoutMs { get; init; } = 100;
}
