using System.Globalization;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;

namespace Personalization.Replay;

/// <summary>Puts into a value what its producer left to the record, as the cluster does when it reads it: the time of an event, the id of an item.</summary>
internal static class RecordFields
{
    /// <summary>Fills in what is missing.</summary>
    /// <param name="record">A record with a value.</param>
    /// <param name="isItem">Whether the value is an object that names no user.</param>
    /// <returns>
    /// The value. An event, which is what names a user, has the record's time where it has none (or null), anything else the record's key as its id.
    /// What is no JSON object, or an empty one, is as it came.
    /// </returns>
    public static byte[] Complete(Message<byte[]?, byte[]?> record, out bool isItem)
    {
        var json = record.Value!;
        isItem = false;
        try
        {
            isItem = IsMissing(json, "userId"u8, out _);
            return isItem ? Fill(json, "itemId"u8, IdOf(record.Key)) : Fill(json, "timestamp"u8, TimeOf(record.Timestamp));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter where a name holds half of a surrogate pair.
            return json;
        }
    }

    private static byte[]? TimeOf(Timestamp timestamp) =>
        timestamp.Type == TimestampType.NotAvailable ? null : Encoding.UTF8.GetBytes(timestamp.UnixTimestampMs.ToString(CultureInfo.InvariantCulture));

    private static byte[]? IdOf(byte[]? key) => key is null ? null : JsonSerializer.SerializeToUtf8Bytes(Encoding.UTF8.GetString(key));

    private static byte[] Fill(byte[] json, ReadOnlySpan<byte> name, byte[]? value)
    {
        if (value is null || !IsMissing(json, name, out var place))
        {
            return json;
        }

        var (start, length) = place.GetOffsetAndLength(json.Length);
        return length > 0
            ? [.. json.AsSpan(0, start), .. value, .. json.AsSpan(start + length)]
            : [.. json.AsSpan(0, start), (byte)'"', .. name, .. "\":"u8, .. value, (byte)',', .. json.AsSpan(start)];
    }

    // The place is that of the null, or behind the opening brace.
    private static bool IsMissing(byte[] json, ReadOnlySpan<byte> name, out Range place)
    {
        place = default;
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        var fields = (int)reader.BytesConsumed;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            place = fields..fields;
            var found = reader.ValueTextEquals(name);
            reader.Read();
            if (found)
            {
                place = (int)reader.TokenStartIndex..(int)reader.BytesConsumed;
                return reader.TokenType == JsonTokenType.Null;
            }

            reader.Skip();
        }

        return place.End.Value > 0;
    }
}
