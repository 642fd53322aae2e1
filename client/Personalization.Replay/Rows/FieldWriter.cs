using System.Globalization;
using System.Text.Json;

namespace Personalization.Replay;

/// <summary>Writes a cell as the JSON value that its field takes; what does not fit is written as text, for the parser to refuse with its reason.</summary>
/// <param name="timeFormat">See <see cref="RowOptions.TimeFormat"/>.</param>
internal sealed class FieldWriter(string? timeFormat)
{
    private const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;

    public void Write(Utf8JsonWriter json, string field, object? cell)
    {
        if (cell is null or string { Length: 0 })
        {
            return;
        }

        json.WritePropertyName(field);
        switch (field)
        {
            case "timestamp":
                WriteTime(json, cell);
                break;
            case "quantity" or "price" when Number(cell) is { } number:
                json.WriteNumberValue(number);
                break;
            case "properties" when cell is string text && IsJson(text):
                json.WriteRawValue(text);
                break;
            default:
                json.WriteStringValue(Text(cell));
                break;
        }
    }

    private static decimal? Number(object cell)
    {
        try
        {
            return cell switch
            {
                string text => decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
                float or double or decimal or int or long or short or byte => Convert.ToDecimal(cell, CultureInfo.InvariantCulture),
                _ => null,
            };
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    private static string Text(object cell) => Convert.ToString(cell, CultureInfo.InvariantCulture) ?? string.Empty;

    private static bool IsJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private void WriteTime(Utf8JsonWriter json, object cell)
    {
        if (cell is DateTime time)
        {
            json.WriteStringValue(DateTime.SpecifyKind(time, DateTimeKind.Utc).ToString("O", CultureInfo.InvariantCulture));
        }
        else if (timeFormat == RowOptions.UnixSeconds && Number(cell) is { } seconds and > -1e10m and < 1e12m)
        {
            json.WriteNumberValue((long)(seconds * 1_000));
        }
        else if (timeFormat is not null && cell is string text && DateTimeOffset.TryParseExact(text, timeFormat, CultureInfo.InvariantCulture, Utc, out var parsed))
        {
            json.WriteStringValue(parsed.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        }
        else if (timeFormat is null && long.TryParse(Text(cell), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milliseconds))
        {
            json.WriteNumberValue(milliseconds);
        }
        else
        {
            json.WriteStringValue(Text(cell));
        }
    }
}
