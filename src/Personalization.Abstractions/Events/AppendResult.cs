namespace Personalization.Events;

/// <summary>What became of a batch once it is durable.</summary>
/// <param name="Applied">Events that are new to the sequence.</param>
/// <param name="Duplicates">Events seen before: by position or by event id.</param>
/// <param name="TooLate">Events older than the whole full sequence, or than the user's erasure; counted and dropped.</param>
/// <param name="Capped">Events beyond what one user may do in a second; counted and dropped.</param>
[GenerateSerializer]
[Immutable]
[Alias("personalization.append-result")]
public readonly record struct AppendResult(
    [property: Id(0)] int Applied,
    [property: Id(1)] int Duplicates,
    [property: Id(2)] int TooLate,
    [property: Id(3)] int Capped = 0);
