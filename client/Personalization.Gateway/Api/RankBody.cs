namespace Personalization.Gateway;

/// <summary>Body of <c>POST /v1/users/{userId}/rank</c>.</summary>
internal sealed record RankBody
{
    /// <summary>1-1,000 items.</summary>
    public string[]? ItemIds { get; init; }

    /// <summary>A version token.</summary>
    public string? MinVersion { get; init; }

    /// <summary>1-10,000.</summary>
    public int TimeoutMs { get; init; } = 100;
}
