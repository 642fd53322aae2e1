using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Personalization.Validation;

/// <summary>Reads JSON strings whose UTF-8 was checked, without exceptions for broken escapes.</summary>
internal static class JsonText
{
    public static bool TryRead(ref Utf8JsonReader reader, out string text)
    {
        if (!reader.ValueIsEscaped)
        {
            text = Encoding.UTF8.GetString(reader.ValueSpan);
            return true;
        }

        if (HasLoneSurrogate(reader.ValueSpan))
        {
            text = "";
            return false;
        }

        text = reader.GetString()!;
        return true;
    }

    /// <summary>Whether escaped JSON text, of one string or of any value, holds half of a surrogate pair.</summary>
    public static bool HasLoneSurrogate(ReadOnlySpan<byte> escaped)
    {
        while (true)
        {
            var slash = escaped.IndexOf((byte)'\\');
            if (slash < 0)
            {
                return false;
            }

            escaped = escaped[slash..];
            var unit = UnicodeEscape(escaped);
            if (char.IsLowSurrogate(unit))
            {
                return true;
            }

            if (!char.IsHighSurrogate(unit))
            {
                escaped = escaped[2..];
                continue;
            }

            escaped = escaped[6..];
            if (!char.IsLowSurrogate(UnicodeEscape(escaped)))
            {
                return true;
            }

            escaped = escaped[6..];
        }
    }

    public static bool HasControlCharacter(string text) =>
        text.AsSpan().ContainsAnyInRange('\u0000', '\u001f') || text.AsSpan().ContainsAnyInRange('\u007f', '\u009f');

    /// <summary>The same JSON without line breaks, which stand between its tokens only: lines of JSON are one value each.</summary>
    public static string OnOneLine(string json) => json.Replace('\n', ' ').Replace('\r', ' ');

    /// <summary>Whether a text has 1 to <paramref name="max"/> code points.</summary>
    public static bool HasLength(string text, int max)
    {
        if (text.Length <= max)
        {
            return text.Length > 0;
        }

        return text.Length <= 2 * max && text.Length - text.Count(char.IsLowSurrogate) <= max;
    }

    private static char UnicodeEscape(ReadOnlySpan<byte> text) =>
        text.Length >= 6 && text[0] == '\\' && text[1] == 'u' && Utf8Parser.TryParse(text.Slice(2, 4), out ushort unit, out var used, 'x') && used == 4
            ? (char)unit
            : '\0';
}
