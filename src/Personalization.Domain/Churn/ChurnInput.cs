using Personalization.Models;
using Personalization.Users;

namespace Personalization.Churn;

/// <summary>One score of one shopper and what it was made from.</summary>
public sealed record ChurnInput
{
    /// <summary>The shopper.</summary>
    public required string UserId { get; init; }

    /// <summary>The model's score.</summary>
    public required ChurnSummary Score { get; init; }

    /// <summary>The model's high threshold, 0-1.</summary>
    public required double Threshold { get; init; }

    /// <summary>The stored events, oldest first.</summary>
    public required IReadOnlyList<StoredEvent> Sequence { get; init; }

    /// <summary>Sums over the shopper's life.</summary>
    public required UserTotals Totals { get; init; }

    /// <summary>Shop time.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The model that scored.</summary>
    public ModelRef? Model { get; init; }

    /// <summary>Version of the state it was scored from.</summary>
    public string? Version { get; init; }
}
