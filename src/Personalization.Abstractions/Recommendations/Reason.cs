namespace Personalization.Recommendations;

/// <summary>Why an item is in a list.</summary>
/// <param name="Code"><c>because_of_action</c>, <c>buy_again</c>, <c>for_you</c>, <c>new_in_category</c>, <c>similar</c>, <c>trending</c>, <c>catalog</c>.</param>
/// <param name="ItemIds">The shopper's own items that weighed most; may be empty.</param>
/// <param name="Text">One English sentence for the shopper.</param>
[GenerateSerializer]
[Immutable]
[Alias("personalization.reason")]
public sealed record Reason([property: Id(0)] string Code, [property: Id(1)] string[] ItemIds, [property: Id(2)] string Text);
