using System.Text.Json;
using System.Text.Unicode;
using Personalization.Events;

namespace Personalization.Validation;

/// <summary>Checks of a value as a whole, before and after its fields are read.</summary>
internal static class JsonEnvelope
{
    public static JsonReaderOptions ReaderOptions { get; } = new() { MaxDepth = InputLimits.MaxDepth };

    public static FieldError? Check(ReadOnlySpan<byte> json)
    {
        if (json.Length > InputLimits.MaxValueBytes)
        {
            return Whole(InputErrorCodes.TooLarge, $"The value must be at most {InputLimits.MaxValueBytes} bytes; it has {json.Length}.");
        }

        if (json.IndexOfAnyExcept(" \t\r\n"u8) < 0)
        {
            return Whole(InputErrorCodes.Empty, "The value must be a JSON object; it is empty.");
        }

        if (json.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
        {
            return Whole(InputErrorCodes.ByteOrderMark, "The value must be UTF-8 without a byte order mark.");
        }

        if (LooksLikeUtf16(json))
        {
            return Whole(InputErrorCodes.NotUtf8, "The value must be UTF-8; it looks like UTF-16.");
        }

        return Utf8.IsValid(json) ? null : Whole(InputErrorCodes.NotUtf8, "The value must be UTF-8; it holds an invalid sequence.");
    }

    public static FieldError NotAnObject() => Whole(InputErrorCodes.NotAnObject, "The value must be a JSON object.");

    public static FieldError? CheckEnd(ReadOnlySpan<byte> rest) => rest.IndexOfAnyExcept(" \t\r\n"u8) < 0
        ? null
        : Whole(InputErrorCodes.TrailingData, "The value must be one JSON object and nothing behind it.");

    public static FieldError Broken(JsonException exception, int depth) => depth >= InputLimits.MaxDepth - 1
        ? Whole(InputErrorCodes.TooDeep, $"The value must be nested at most {InputLimits.MaxDepth} levels deep.")
        : Whole(
            InputErrorCodes.NotJson,
            $"The value must be JSON; it breaks off at line {(exception.LineNumber ?? 0) + 1}, byte {(exception.BytePositionInLine ?? 0) + 1}.");

    private static FieldError Whole(string code, string message) => new("", code, message);

    private static bool LooksLikeUtf16(ReadOnlySpan<byte> json) =>
        json is [0xFE, 0xFF, ..] or [0xFF, 0xFE, ..] or [0, _, ..] or [_, 0, ..];
}
