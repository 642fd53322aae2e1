using Personalization.Models;

namespace Personalization.Inference.Routing;

/// <summary>Answers of an inference silo to one call.</summary>
/// <param name="Results">In the order of the requests.</param>
/// <param name="Model">What the silo serves, or null.</param>
/// <param name="MaxLength">Longest input of that model and of its challenger; 0 without one.</param>
[GenerateSerializer]
[Immutable]
[Alias("personalization.inference-reply")]
internal sealed record InferenceReply(
    [property: Id(0)] InferenceResult[] Results,
    [property: Id(1)] ModelRef? Model,
    [property: Id(2)] int MaxLength);
