using Personalization.Models;

namespace Personalization.Churn;

/// <summary>A shopper crossed the high threshold: the value of topic <c>churn-warnings</c> (key = user id). Delivered at least once; <see cref="WarningId"/> tells repeats.</summary>
[GenerateSerializer]
[Immutable]
[Alias("personalization.churn-warning")]
public sealed record ChurnWarning
{
    /// <summary>Unique for this crossing.</summary>
    [Id(0)]
    public required string WarningId { get; init; }

    /// <summary>The shopper.</summary>
    [Id(1)]
    public required string UserId { get; init; }

    /// <summary>P(no activity within the horizon), 0-1.</summary>
    [Id(2)]
    public double Probability { get; init; }

    /// <summary>The threshold that was crossed.</summary>
    [Id(3)]
    public double Threshold { get; init; }

    /// <summary>The model's horizon.</summary>
    [Id(4)]
    public int HorizonDays { get; init; }

    /// <summary>The shopper's last activity.</summary>
    [Id(5)]
    public DateTimeOffset LastEventAt { get; init; }

    /// <summary>When it was noticed, shop time.</summary>
    [Id(6)]
    public DateTimeOffset DetectedAt { get; init; }

    /// <summary>What speaks for it.</summary>
    [Id(7)]
    public ChurnReason[] Reasons { get; init; } = [];

    /// <summary>The model that scored.</summary>
    [Id(8)]
    public ModelRef? Model { get; init; }

    /// <summary>Version of the state it was scored from.</summary>
    [Id(9)]
    public string? Version { get; init; }
}
