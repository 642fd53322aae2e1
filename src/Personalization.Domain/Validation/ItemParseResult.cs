using System.Diagnostics.CodeAnalysis;
using Personalization.Events;
using Personalization.Items;

namespace Personalization.Validation;

/// <summary>What became of one item's JSON.</summary>
/// <param name="Item">The item; null when there is an error.</param>
/// <param name="Errors">Every fault, in the order of the input; empty for a valid item.</param>
/// <param name="IgnoredFields">Names of unknown fields, at most <see cref="InputLimits.MaxIgnoredFields"/>.</param>
public readonly record struct ItemParseResult(
    Item? Item,
    IReadOnlyList<FieldError> Errors,
    IReadOnlyList<string> IgnoredFields)
{
    /// <summary>Whether there is an item.</summary>
    [MemberNotNullWhen(true, nameof(Item))]
    public bool IsValid => Item is not null;
}
