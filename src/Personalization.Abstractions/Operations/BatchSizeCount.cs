namespace Personalization.Operations;

/// <summary>Runs whose batch was at most this large and larger than the bound before.</summary>
/// <param name="UpTo">Upper bound.</param>
/// <param name="Count">Runs.</param>
[GenerateSerializer]
[Immutable]
[Alias("personalization.batch-size-count")]
public readonly record struct BatchSizeCount([property: Id(0)] int UpTo, [property: Id(1)] long Count);
