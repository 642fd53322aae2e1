namespace Personalization.Churn;

/// <summary>Churn in an answer.</summary>
/// <param name="Probability">P(no activity within the horizon), calibrated, 0-1.</param>
/// <param name="Level">The probability in words.</param>
/// <param name="HorizonDays">The model's horizon.</param>
[GenerateSerializer]
[Immutable]
[Alias("personalization.churn-summary")]
public sealed record ChurnSummary([property: Id(0)] double Probability, [property: Id(1)] ChurnLevel Level, [property: Id(2)] int HorizonDays);
