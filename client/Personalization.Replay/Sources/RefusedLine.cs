using Personalization.Events;

namespace Personalization.Replay;

/// <summary>A line of input that is not a valid event.</summary>
/// <param name="Number">The line (of a CSV: the record, the header is 1), from 1.</param>
/// <param name="Errors">Every fault.</param>
public sealed record RefusedLine(int Number, IReadOnlyList<FieldError> Errors);
