using System.Text.Json;

namespace Personalization.Gateway;

/// <summary>Finds the single events in a body without parsing them.</summary>
internal static class EventSplitter
{
    /// <summary>Splits an array, or returns the one value.</summary>
    /// <param name="body">JSON.</param>
    /// <returns>Parts of the body; a body that is no well-formed array is one part, for the parser to refuse.</returns>
    public static List<ReadOnlyMemory<byte>> Json(ReadOnlyMemory<byte> body)
    {
        var first = 0;
        while (first < body.Length && body.Span[first] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            first++;
        }

        if (first == body.Length || body.Span[first] != (byte)'[')
        {
            return [body];
        }

        try
        {
            return Elements(body);
        }
        catch (JsonException)
        {
            return [body];
        }
    }

    /// <summary>Splits lines; empty ones are skipped.</summary>
    /// <param name="body">Newline-delimited JSON.</param>
    /// <returns>The lines.</returns>
    public static List<ReadOnlyMemory<byte>> Lines(ReadOnlyMemory<byte> body)
    {
        var lines = new List<ReadOnlyMemory<byte>>();
        while (!body.IsEmpty)
        {
            var end = body.Span.IndexOf((byte)'\n');
            var line = end < 0 ? body : body[..end];
            body = end < 0 ? default : body[(end + 1)..];
            line = line.Length > 0 && line.Span[^1] == (byte)'\r' ? line[..^1] : line;
            if (line.Span.ContainsAnyExcept((byte)' ', (byte)'\t'))
            {
                lines.Add(line);
            }
        }

        return lines;
    }

    private static List<ReadOnlyMemory<byte>> Elements(ReadOnlyMemory<byte> body)
    {
        var parts = new List<ReadOnlyMemory<byte>>();
        var reader = new Utf8JsonReader(body.Span);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            parts.Add(body[start..(int)reader.BytesConsumed]);
        }

        while (reader.Read())
        {
            // Anything behind the array is an error, which the reader throws.
        }

        return parts;
    }
}
