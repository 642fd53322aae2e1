namespace Personalization.Models;

/// <summary>What one silo serves.</summary>
[GenerateSerializer]
[Immutable]
[Alias("personalization.model-status")]
public sealed record ModelStatus
{
    /// <summary>The model that answers now, or null without an engine or a model.</summary>
    [Id(0)]
    public ModelRef? Active { get; init; }

    /// <summary>Packages found on this silo.</summary>
    [Id(1)]
    public ModelRef[] Available { get; init; } = [];

    /// <summary>Why the wanted model is not served, or null.</summary>
    [Id(2)]
    public string? Error { get; init; }

    /// <summary>Execution provider: <c>cpu</c>, <c>cuda</c> or <c>tensorrt</c>; null without an engine.</summary>
    [Id(3)]
    public string? Provider { get; init; }

    /// <summary>The model that is tried beside it, or null.</summary>
    [Id(4)]
    public ModelChallenge? Challenger { get; init; }

    /// <summary>What <see cref="Active"/> was loaded for: itself, or the version in whose place this silo serves its variant.</summary>
    [Id(5)]
    public ModelRef? Chosen { get; init; }
}
