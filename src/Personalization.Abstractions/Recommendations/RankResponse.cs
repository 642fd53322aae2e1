using System.Text.Json.Serialization;
using Personalization.Models;

namespace Personalization.Recommendations;

/// <summary>The caller's items, best first. Without a model answer they keep the caller's order and <see cref="FallbackReason"/> says why.</summary>
[GenerateSerializer]
[Immutable]
[Alias("personalization.rank-response")]
public sealed record RankResponse
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

    /// <summary>Names this answer in later events.</summary>
    [Id(3)]
    public required string RecommendationId { get; init; }

    /// <summary>The model that scored, or null.</summary>
    [Id(4)]
    public ModelRef? Model { get; init; }

    /// <summary>Why the model did not order them, or null.</summary>
    [Id(5)]
    public FallbackReason? FallbackReason { get; init; }

    /// <summary>All of the caller's items, each once.</summary>
    [Id(6)]
    public RankedItem[] Items { get; init; } = [];

    /// <summary>Where the time went.</summary>
    [Id(7)]
    [JsonIgnore]
    public ServerTimings Timings { get; init; }
}
