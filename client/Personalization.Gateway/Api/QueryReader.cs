using System.Globalization;
using Microsoft.Extensions.Primitives;
using Personalization.Events;
using Personalization.Validation;

namespace Personalization.Gateway;

/// <summary>Reads a request's parameters and gathers every fault with its field.</summary>
/// <param name="request">The request.</param>
internal sealed class QueryReader(HttpRequest request)
{
    private const int MaxListItems = 1_000;

    public List<FieldError> Errors { get; } = [];

    /// <summary>An id out of the path.</summary>
    /// <param name="field">Its name.</param>
    /// <param name="value">Its value.</param>
    public QueryReader Id(string field, string value)
    {
        if (IdRules.Check(field, value) is { } error)
        {
            Errors.Add(error);
        }

        return this;
    }

    public int Integer(string field, int fallback, int min, int max)
    {
        if (!One(field, out var text))
        {
            return fallback;
        }

        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
        {
            return value;
        }

        Errors.Add(new FieldError(field, InputErrorCodes.OutOfRange, $"{field} must be a whole number from {min} to {max}."));
        return fallback;
    }

    public TimeSpan Timeout() => TimeSpan.FromMilliseconds(Integer("timeoutMs", 100, 1, 10_000));

    public string? MinVersion() => Version("minVersion", One("minVersion", out var text) ? text : null);

    public string? Version(string field, string? token)
    {
        if (token is not null && !StreamPosition.TryParse(token, out _))
        {
            Errors.Add(new FieldError(field, "bad_version", $"{field} must be a version token as an accepted event answers it."));
        }

        return token;
    }

    public string? Text(string field, int maxLength = 128)
    {
        if (!One(field, out var text))
        {
            return null;
        }

        if (text.Length is 0 || text.Length > maxLength || text.Any(char.IsControl))
        {
            Errors.Add(new FieldError(field, InputErrorCodes.BadLength, $"{field} must have 1 to {maxLength} characters and no control characters."));
        }

        return text;
    }

    public string[] List(string field)
    {
        var values = request.Query[field];
        return Check(field, [.. values.Select(value => value ?? string.Empty)]);
    }

    public string[] Check(string field, string[]? values, int max = MaxListItems)
    {
        if (values is null)
        {
            return [];
        }

        if (values.Length > max)
        {
            Errors.Add(new FieldError(field, InputErrorCodes.TooMany, $"{field} may hold at most {max} values."));
        }
        else if (values.Select(value => IdRules.Check(field, value)).FirstOrDefault(error => error is not null) is { } error)
        {
            Errors.Add(error);
        }

        return values;
    }

    public bool Includes(string what)
    {
        var values = request.Query["include"];
        if (values.FirstOrDefault(value => !string.Equals(value, what, StringComparison.Ordinal)) is { } unknown)
        {
            Errors.Add(new FieldError("include", "unknown_value", $"include knows only '{what}', not '{(unknown.Length > 40 ? unknown[..40] : unknown)}'."));
        }

        return !StringValues.IsNullOrEmpty(values);
    }

    /// <summary>A length of time: a number with m, h or d.</summary>
    /// <param name="field">Its name.</param>
    /// <param name="fallback">When it is left out.</param>
    public TimeSpan Window(string field, TimeSpan fallback)
    {
        if (!One(field, out var text))
        {
            return fallback;
        }

        if (text.Length is > 1 and < 8 && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
        {
            var window = text[^1] switch
            {
                'm' => TimeSpan.FromMinutes(number),
                'h' => TimeSpan.FromHours(number),
                'd' => TimeSpan.FromDays(number),
                _ => TimeSpan.Zero,
            };
            if (window > TimeSpan.Zero && window <= TimeSpan.FromDays(90))
            {
                return window;
            }
        }

        Errors.Add(new FieldError(field, InputErrorCodes.OutOfRange, $"{field} must be a length of time such as 30m, 24h or 7d, at most 90d."));
        return fallback;
    }

    private bool One(string field, out string text)
    {
        var values = request.Query[field];
        text = values.Count > 0 ? values[0] ?? string.Empty : string.Empty;
        if (values.Count > 1)
        {
            Errors.Add(new FieldError(field, InputErrorCodes.DuplicateField, $"{field} may be given once only."));
        }

        return values.Count > 0;
    }
}
