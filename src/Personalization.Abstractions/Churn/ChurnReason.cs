namespace Personalization.Churn;

/// <summary>One thing that speaks for a shopper leaving.</summary>
/// <param name="Code"><c>inactive</c>, <c>slower_than_usual</c>, <c>few_visits</c>, <c>recent_cancellation</c>, <c>lower_spend</c>.</param>
/// <param name="Text">One English sentence with the figures.</param>
[GenerateSerializer]
[Immutable]
[Alias("personalization.churn-reason")]
public sealed record ChurnReason([property: Id(0)] string Code, [property: Id(1)] string Text);
