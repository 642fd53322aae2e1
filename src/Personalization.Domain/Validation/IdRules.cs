using System.Text;
using Personalization.Events;

namespace Personalization.Validation;

/// <summary>The rules of ids that come from outside a JSON value: a path, a query parameter, a Kafka key.</summary>
public static class IdRules
{
    internal static (string Code, string Message) Dots => (InputErrorCodes.DotSegment, "The text must not be . or .., which no path can name.");

    /// <summary>Whether an id is <c>.</c> or <c>..</c>: in the path of an address these name no user or item, however they are escaped.</summary>
    /// <param name="id">The id.</param>
    public static bool IsDots(string id) => id is "." or "..";

    /// <summary>Checks an id: 1 to <see cref="InputLimits.MaxIdLength"/> characters, valid Unicode, no control characters, not <c>.</c> or <c>..</c>.</summary>
    /// <param name="field">What to call it in the error.</param>
    /// <param name="id">The id; null counts as missing.</param>
    /// <returns>The fault, or null for a good id.</returns>
    public static FieldError? Check(string field, string? id)
    {
        if (id is null)
        {
            return new FieldError(field, InputErrorCodes.Required, "The field must be there and not null.");
        }

        if (!JsonText.HasLength(id, InputLimits.MaxIdLength))
        {
            return new FieldError(field, InputErrorCodes.BadLength, $"The text must have 1 to {InputLimits.MaxIdLength} characters.");
        }

        if (JsonText.HasControlCharacter(id))
        {
            return new FieldError(field, InputErrorCodes.ControlCharacter, "The text must not hold control characters.");
        }

        if (HasLoneSurrogate(id))
        {
            return new FieldError(field, InputErrorCodes.LoneSurrogate, "The text must be valid Unicode; it holds half of a surrogate pair.");
        }

        return IsDots(id) ? new FieldError(field, Dots.Code, Dots.Message) : null;
    }

    private static bool HasLoneSurrogate(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (Rune.TryGetRuneAt(text, i, out var rune))
            {
                i += rune.Utf16SequenceLength - 1;
            }
            else
            {
                return true;
            }
        }

        return false;
    }
}
