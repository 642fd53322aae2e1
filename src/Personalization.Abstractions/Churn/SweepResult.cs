namespace Personalization.Churn;

/// <summary>What one sweep did.</summary>
/// <param name="Due">Users that were due.</param>
/// <param name="Scored">Users that were scored.</param>
/// <param name="Crossed">Users whose grain was called as they crossed a threshold: up, or after a warning down again.</param>
[GenerateSerializer]
[Immutable]
[Alias("personalization.sweep-result")]
public readonly record struct SweepResult([property: Id(0)] int Due, [property: Id(1)] int Scored, [property: Id(2)] int Crossed);
