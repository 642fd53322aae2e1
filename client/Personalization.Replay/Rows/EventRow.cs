using Personalization.Events;

namespace Personalization.Replay;

/// <summary>A row of a file: an event, or the reasons why it is none.</summary>
/// <param name="Number">From 1: of JSON lines the line, of CSV the record after the header, of Parquet the row.</param>
/// <param name="Event">The event, or null.</param>
/// <param name="Errors">Every fault.</param>
public sealed record EventRow(long Number, BehaviorEvent? Event, IReadOnlyList<FieldError> Errors)
{
    /// <summary>The faults in words.</summary>
    public string Reason => string.Join("; ", Errors.Select(error => $"{(error.Field.Length == 0 ? "row" : error.Field)} {error.Code}: {error.Message}"));
}
