namespace Personalization.Recommendations;

/// <summary>Milliseconds spent by a recommendation; 0 where a step did not happen (for instance a cached answer).</summary>
/// <param name="Wait">Waiting for <c>minVersion</c>.</param>
/// <param name="Queue">In the inference queue.</param>
/// <param name="Inference">In the model run.</param>
/// <param name="Ranking">In the ranking pipeline.</param>
/// <param name="Grain">Everything in the user's grain.</param>
/// <param name="Cached">Whether the list was cached for this state, model and request.</param>
[GenerateSerializer]
[Immutable]
[Alias("personalization.server-timings")]
public readonly record struct ServerTimings(
    [property: Id(0)] double Wait,
    [property: Id(1)] double Queue,
    [property: Id(2)] double Inference,
    [property: Id(3)] double Ranking,
    [property: Id(4)] double Grain,
    [property: Id(5)] bool Cached);
