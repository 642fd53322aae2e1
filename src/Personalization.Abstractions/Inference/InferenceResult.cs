using Personalization.Churn;
using Personalization.Models;

namespace Personalization.Inference;

/// <summary>The model's answer.</summary>
[GenerateSerializer]
[Immutable]
[Alias("personalization.inference-result")]
public sealed record InferenceResult
{
    /// <summary>How it ended; everything else is meaningful only for <see cref="InferenceStatus.Ok"/>.</summary>
    [Id(0)]
    public InferenceStatus Status { get; init; }

    /// <summary>The model that scored.</summary>
    [Id(1)]
    public ModelRef? Model { get; init; }

    /// <summary>Best first. For a rank request: the known candidates only.</summary>
    [Id(2)]
    public ScoredCandidate[] Candidates { get; init; } = [];

    /// <summary>Churn from the same run.</summary>
    [Id(3)]
    public ChurnSummary? Churn { get; init; }

    /// <summary>The model's high threshold.</summary>
    [Id(4)]
    public double ChurnThreshold { get; init; }

    /// <summary>Milliseconds in the queue.</summary>
    [Id(5)]
    public double QueueMs { get; init; }

    /// <summary>Milliseconds of the batch's run.</summary>
    [Id(6)]
    public double RunMs { get; init; }

    /// <summary>An answer without a score.</summary>
    /// <param name="status">Why.</param>
    /// <returns>The answer.</returns>
    public static InferenceResult None(InferenceStatus status) => new() { Status = status };
}
