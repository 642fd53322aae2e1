using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using CsvHelper;
using CsvHelper.Configuration;
using Personalization.Events;
using Personalization.Validation;

namespace Personalization.Replay;

/// <summary>
/// Events as CSV (RFC 4180) with a header: columns are named like the fields of the JSON form, in any order; an empty cell is a missing field,
/// unknown columns are ignored.
/// </summary>
public static class CsvLines
{
    private static readonly HashSet<string> Numbers = new(StringComparer.Ordinal) { "quantity", "price" };

    /// <summary>Reads the valid events.</summary>
    /// <param name="reader">The text.</param>
    /// <param name="parser">Checks each record: the rules are those of the JSON form.</param>
    /// <param name="refused">Told of each record that is not an event.</param>
    /// <param name="time">Stands in for a missing timestamp; null: the system's clock. A missing event id becomes a new one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The events in the text's order.</returns>
    public static async IAsyncEnumerable<BehaviorEvent> ReadAsync(
        TextReader reader,
        EventParser parser,
        Action<RefusedLine> refused,
        TimeProvider? time = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(parser);
        ArgumentNullException.ThrowIfNull(refused);
        time ??= TimeProvider.System;
        using var csv = new CsvReader(reader, new CsvConfiguration(CultureInfo.InvariantCulture), leaveOpen: true);
        if (!await csv.ReadAsync())
        {
            yield break;
        }

        csv.ReadHeader();
        var columns = csv.HeaderRecord ?? [];
        var buffer = new ArrayBufferWriter<byte>(512);
        for (var number = 2; await csv.ReadAsync(); number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            buffer.ResetWrittenCount();
            WriteJson(csv, columns, buffer);
            var parsed = parser.Parse(buffer.WrittenSpan, new EventDefaults(Guid.CreateVersion7().ToString("N"), time.GetUtcNow()));
            if (parsed.Event is { } behaviorEvent)
            {
                yield return behaviorEvent;
            }
            else
            {
                refused(new RefusedLine(number, parsed.Errors));
            }
        }
    }

    private static void WriteJson(CsvReader csv, string[] columns, ArrayBufferWriter<byte> buffer)
    {
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        for (var i = 0; i < columns.Length; i++)
        {
            if (csv.TryGetField<string>(i, out var cell) && !string.IsNullOrEmpty(cell))
            {
                json.WritePropertyName(columns[i]);
                WriteValue(json, columns[i], cell);
            }
        }

        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, string column, string cell)
    {
        if (Numbers.Contains(column) && decimal.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            json.WriteNumberValue(number);
        }
        else if (string.Equals(column, "timestamp", StringComparison.Ordinal)
            && long.TryParse(cell, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milliseconds))
        {
            json.WriteNumberValue(milliseconds);
        }
        else if (string.Equals(column, "properties", StringComparison.Ordinal) && IsJson(cell))
        {
            json.WriteRawValue(cell);
        }
        else
        {
            json.WriteStringValue(cell);
        }
    }

    private static bool IsJson(string cell)
    {
        try
        {
            using var document = JsonDocument.Parse(cell);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
