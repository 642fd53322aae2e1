using System.Text.Json.Serialization;
using Personalization.Churn;
using Personalization.Models;

namespace Personalization.Recommendations;

/// <summary>A shopper's shelf.</summary>
[GenerateSerializer]
[Immutable]
[Alias("personalization.recommendation-response")]
public sealed record RecommendationResponse
{
    /// <summary>The shopper.</summary>
    [Id(0)]
    public required string UserId { get; init; }

    /// <summary>Version of the state the list was made from; null for a user nothing was heard of.</summary>
    [Id(1)]
    public string? Version { get; init; }

    /// <summary>True when the asked <c>minVersion</c> was not reached in time.</summary>
    [Id(2)]
    public bool Stale { get; init; }

    /// <summary>Names this answer in later events.</summary>
    [Id(3)]
    public required string RecommendationId { get; init; }

    /// <summary>The model that scored, or null.</summary>
    [Id(4)]
    public ModelRef? Model { get; init; }

    /// <summary>What made the list.</summary>
    [Id(5)]
    public RecommendationSource Source { get; init; }

    /// <summary>Why it was not the model, or null.</summary>
    [Id(6)]
    public FallbackReason? FallbackReason { get; init; }

    /// <summary>Best first.</summary>
    [Id(7)]
    public RecommendedItem[] Items { get; init; } = [];

    /// <summary>Churn from the same run, or null when it is not known.</summary>
    [Id(8)]
    public ChurnSummary? Churn { get; init; }

    /// <summary>Where the time went; travels in the <c>Server-Timing</c> header.</summary>
    [Id(9)]
    [JsonIgnore]
    public ServerTimings Timings { get; init; }
}
