namespace Personalization.Churn;

/// <summary>What a shopper's state remembers about churn.</summary>
public sealed record ChurnMemory
{
    /// <summary>Most warnings that are remembered.</summary>
    public const int MaxWarnings = 10;

    /// <summary>A shopper who was never scored.</summary>
    public static ChurnMemory Empty { get; } = new();

    /// <summary>Whether a crossing would warn; false from a warning until activity re-arms.</summary>
    public bool Armed { get; init; } = true;

    /// <summary>The last score, 0-1, or null.</summary>
    public double? LastProbability { get; init; }

    /// <summary>When to look although nothing happens, shop time; null: never.</summary>
    public DateTimeOffset? NextCheck { get; init; }

    /// <summary>The latest warnings, newest first, at most <see cref="MaxWarnings"/>.</summary>
    public IReadOnlyList<ChurnWarning> Warnings { get; init; } = [];

    /// <summary>A warning that is decided and not yet acknowledged by the sink; to be published again until it is.</summary>
    public ChurnWarning? Unpublished { get; init; }

    /// <summary>The memory once the sink has acknowledged a warning; another one's acknowledgement changes nothing.</summary>
    /// <param name="warningId">The acknowledged warning.</param>
    /// <returns>The new memory.</returns>
    public ChurnMemory Published(string warningId) =>
        string.Equals(Unpublished?.WarningId, warningId, StringComparison.Ordinal) ? this with { Unpublished = null } : this;
}
