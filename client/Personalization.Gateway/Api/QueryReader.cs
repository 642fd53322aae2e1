using System.Globalization;
using Microsoft.Extensions.Primitives;
using Personalization.Events;
using Personalization.Items;
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

    public int Integer(IntegerParameter parameter) =>
        !One(parameter.Name, out var text) ? parameter.Default
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? Range(parameter, value)
        : Range(parameter, int.MinValue);

    /// <summary>Checks a number, of the query or of a body.</summary>
    /// <param name="parameter">What it may be.</param>
    /// <param name="value">The number.</param>
    /// <returns>The number, or the nearest that is allowed, with an error.</returns>
    public int Range(IntegerParameter parameter, int value)
    {
        if (value < parameter.Min || value > parameter.Max)
        {
            Errors.Add(new FieldError(parameter.Name, InputErrorCodes.OutOfRange, $"{parameter.Name} must be a whole number from {parameter.Min} to {parameter.Max}."));
        }

        return Math.Clamp(value, parameter.Min, parameter.Max);
    }

    public TimeSpan Timeout() => TimeSpan.FromMilliseconds(Integer(QueryParameter.TimeoutMs));

    public string? MinVersion() => Version(QueryParameter.MinVersion);

    public string? Version(QueryParameter parameter) => Version(parameter.Name, Text(parameter));

    public string? Version(string field, string? token)
    {
        if (token is not null && !StreamPosition.TryParse(token, out _))
        {
            Errors.Add(new FieldError(field, "bad_version", $"{field} must be a version token as an accepted event answers it."));
        }

        return token;
    }

    /// <summary>An id, or a name under the same rules.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <returns>What was sent; null: nothing.</returns>
    public string? Id(QueryParameter parameter)
    {
        var text = Text(parameter);
        if (text is not null)
        {
            Id(parameter.Name, text);
        }

        return text;
    }

    public string? Text(QueryParameter parameter) => One(parameter.Name, out var text) ? text : null;

    public string[] List(QueryParameter parameter) => Check(parameter.Name, [.. request.Query[parameter.Name].Select(value => value ?? string.Empty)]);

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

    /// <summary>Whether a parameter with one value is there.</summary>
    /// <param name="parameter">The parameter.</param>
    public bool Has(QueryParameter parameter)
    {
        var values = request.Query[parameter.Name];
        if (values.FirstOrDefault(value => !string.Equals(value, parameter.Only, StringComparison.Ordinal)) is { } unknown)
        {
            Errors.Add(new FieldError(parameter.Name, "unknown_value", $"{parameter.Name} knows only '{parameter.Only}', not '{(unknown.Length > 40 ? unknown[..40] : unknown)}'."));
        }

        return !StringValues.IsNullOrEmpty(values);
    }

    /// <summary>A length of time: a number with m, h or d.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="fallback">When it is left out.</param>
    public TimeSpan Window(QueryParameter parameter, TimeSpan fallback)
    {
        var field = parameter.Name;
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
            if (window > TimeSpan.Zero && window <= TrendingWindow.Longest)
            {
                return window;
            }
        }

        Errors.Add(new FieldError(field, InputErrorCodes.OutOfRange, $"{field} must be a length of time such as 30m, 24h or 3d, at most {TrendingWindow.Longest.Days}d."));
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
