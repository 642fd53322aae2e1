using System.Text.Json;

namespace Personalization.Validation;

/// <summary>Whole numbers as JSON Schema has them: <c>2.0</c> and <c>2e0</c> are whole, too, and what languages without integers write.</summary>
internal static class WholeNumber
{
    /// <summary>Reads the reader's number.</summary>
    /// <param name="reader">Stands on a number.</param>
    /// <param name="value">The number; one beyond 64 bits is the nearest that has them.</param>
    /// <returns>Whether it is whole.</returns>
    public static bool TryRead(ref Utf8JsonReader reader, out long value)
    {
        if (reader.TryGetInt64(out value))
        {
            return true;
        }

        if (!reader.TryGetDecimal(out var number) || number != decimal.Truncate(number))
        {
            return false;
        }

        value = (long)decimal.Clamp(number, long.MinValue, long.MaxValue);
        return true;
    }
}
