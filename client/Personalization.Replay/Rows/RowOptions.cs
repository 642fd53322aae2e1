using Personalization.Events;

namespace Personalization.Replay;

/// <summary>How the rows of a file become events. Fields are called as in the JSON of events: userId, itemId, type, timestamp and so on.</summary>
public sealed record RowOptions
{
    /// <summary>A time of <see cref="TimeFormat"/> that counts seconds since 1970.</summary>
    public const string UnixSeconds = "unix";

    /// <summary>The columns of fields that are called otherwise in the file.</summary>
    public IReadOnlyDictionary<string, string> Columns { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Values of fields that the file does not hold, for instance type = purchase.</summary>
    public IReadOnlyDictionary<string, string> Constants { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// Format of times as text (.NET), for instance <c>yyyy-MM-dd HH:mm:ss</c>; a time without an offset is UTC. <see cref="UnixSeconds"/>: numbers of
    /// seconds. Null: ISO 8601 with an offset, or milliseconds since 1970.
    /// </summary>
    public string? TimeFormat { get; init; }

    /// <summary>Begins the ids of events without one: <c>{prefix}-{row}</c>, the same whenever the file is read. Null: such an event gets a random id.</summary>
    public string? IdPrefix { get; init; }

    /// <summary>Whether an event without a time is refused, as history must be; otherwise it happens now.</summary>
    public bool RequireTimestamp { get; init; }

    internal static IReadOnlyList<string> Fields { get; } =
        ["eventId", "userId", "itemId", "type", "timestamp", "sessionId", "quantity", "price", "recommendationId", "properties"];

    /// <summary>Checks the names of fields.</summary>
    /// <returns>What is wrong, as a sentence; null when all is well.</returns>
    public string? Fault() =>
        Columns.Keys.Concat(Constants.Keys).FirstOrDefault(field => !Fields.Contains(field, StringComparer.Ordinal)) is { } unknown
            ? $"'{unknown}' is no field of an event; there are {string.Join(", ", Fields)}."
            : null;

    internal string ColumnOf(string field) => Columns.GetValueOrDefault(field, field);
}
