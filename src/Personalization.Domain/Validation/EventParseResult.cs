using System.Diagnostics.CodeAnalysis;
using Personalization.Events;

namespace Personalization.Validation;

/// <summary>What became of one event's JSON.</summary>
/// <param name="Event">The event; null when there is an error.</param>
/// <param name="Errors">Every fault, in the order of the input; empty for a valid event.</param>
/// <param name="IgnoredFields">Names of unknown fields, at most <see cref="InputLimits.MaxIgnoredFields"/>.</param>
public readonly record struct EventParseResult(
    BehaviorEvent? Event,
    IReadOnlyList<FieldError> Errors,
    IReadOnlyList<string> IgnoredFields)
{
    /// <summary>Whether there is an event.</summary>
    [MemberNotNullWhen(true, nameof(Event))]
    public bool IsValid => Event is not null;
}
