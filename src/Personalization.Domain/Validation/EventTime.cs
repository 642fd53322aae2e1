using System.Text.Json;

namespace Personalization.Validation;

/// <summary>The two forms of a time in the contract: ISO 8601 with its offset, and epoch milliseconds.</summary>
internal static class EventTime
{
    public const string Expected =
        "The field must be an ISO 8601 time with its offset, for instance 2025-11-24T16:00:00Z, or epoch milliseconds as a whole number.";

    private static readonly long MinMilliseconds = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly long MaxMilliseconds = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    public static bool TryRead(ref Utf8JsonReader reader, out DateTimeOffset time)
    {
        time = default;
        if (reader.TokenType == JsonTokenType.String)
        {
            return HasTimeAndOffset(reader.ValueSpan) && reader.TryGetDateTimeOffset(out time);
        }

        if (!WholeNumber.TryRead(ref reader, out var milliseconds))
        {
            return false;
        }

        // A number beyond what a time can hold is still a number of milliseconds: it is too old or too far ahead.
        time = DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(milliseconds, MinMilliseconds, MaxMilliseconds));
        return true;
    }

    // Without an offset a time would mean something else on every machine.
    private static bool HasTimeAndOffset(ReadOnlySpan<byte> text) =>
        text.Contains((byte)'T') && (text.EndsWith("Z"u8) || (text.Length > 6 && text[^3] == ':' && text[^6] is (byte)'+' or (byte)'-'));
}
