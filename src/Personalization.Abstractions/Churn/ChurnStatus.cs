using Personalization.Models;

namespace Personalization.Churn;

/// <summary>Everything known about one shopper's churn.</summary>
[GenerateSerializer]
[Immutable]
[Alias("personalization.churn-status")]
public sealed record ChurnStatus
{
    /// <summary>The shopper.</summary>
    [Id(0)]
    public required string UserId { get; init; }

    /// <summary>Version of the state, or null.</summary>
    [Id(1)]
    public string? Version { get; init; }

    /// <summary>0-1, or null when it cannot be scored (unknown user, no model).</summary>
    [Id(2)]
    public double? Probability { get; init; }

    /// <summary>The probability in words, or null.</summary>
    [Id(3)]
    public ChurnLevel? Level { get; init; }

    /// <summary>The model's horizon, or null.</summary>
    [Id(4)]
    public int? HorizonDays { get; init; }

    /// <summary>What speaks for leaving.</summary>
    [Id(5)]
    public ChurnReason[] Reasons { get; init; } = [];

    /// <summary>When it is looked at next although nothing happens; null when there is no need.</summary>
    [Id(6)]
    public DateTimeOffset? NextCheck { get; init; }

    /// <summary>The latest warnings, newest first, at most 10.</summary>
    [Id(7)]
    public ChurnWarning[] Warnings { get; init; } = [];

    /// <summary>The model that scored, or null.</summary>
    [Id(8)]
    public ModelRef? Model { get; init; }

    /// <summary>Why it could not be scored, or null.</summary>
    [Id(9)]
    public Recommendations.FallbackReason? FallbackReason { get; init; }

    /// <summary>True when the asked <c>minVersion</c> was not reached in time.</summary>
    [Id(10)]
    public bool Stale { get; init; }
}
