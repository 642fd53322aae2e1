namespace Personalization.Events;

/// <summary>Says which field of an input is wrong and why.</summary>
/// <param name="Field">JSON name of the field; empty for the whole value.</param>
/// <param name="Code">Stable lower snake case code, for instance <c>too_far_ahead</c>.</param>
/// <param name="Message">A sentence that says what is expected.</param>
[GenerateSerializer]
[Immutable]
[Alias("personalization.field-error")]
public sealed record FieldError([property: Id(0)] string Field, [property: Id(1)] string Code, [property: Id(2)] string Message);
