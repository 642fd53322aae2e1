using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Personalization.Cli.Commands;

/// <summary>Lengths of time as people write them: 250ms, 30s, 15m, 2h, 7d.</summary>
internal static class Durations
{
    private static readonly (string Unit, TimeSpan Length)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)), ("s", TimeSpan.FromSeconds(1)), ("m", TimeSpan.FromMinutes(1)), ("h", TimeSpan.FromHours(1)), ("d", TimeSpan.FromDays(1)),
    ];

    public static Option<TimeSpan> Option(string name, string description, TimeSpan value) => new(name)
    {
        Description = $"{description} For instance 250ms, 30s, 15m, 2h or 7d.",
        DefaultValueFactory = _ => value,
        CustomParser = Read,
    };

    /// <summary>Reads a length of time.</summary>
    /// <param name="text">What was typed.</param>
    /// <param name="length">The length.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(string text, out TimeSpan length)
    {
        length = default;
        var digits = text.TrimEnd([.. "abcdefghijklmnopqrstuvwxyz"]);
        var unit = Array.Find(Units, known => known.Unit == text[digits.Length..]);
        if (unit.Unit is null || !double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || number > 1e7)
        {
            return false;
        }

        length = unit.Length * number;
        return true;
    }

    /// <summary>Reads an option's length of time.</summary>
    /// <param name="result">What was typed.</param>
    /// <returns>The length; 0 after an error.</returns>
    public static TimeSpan Read(ArgumentResult result)
    {
        var text = result.Tokens is [var token] ? token.Value : string.Empty;
        if (!TryParse(text, out var length))
        {
            result.AddError($"'{text}' is no length of time such as 250ms, 30s, 15m, 2h or 7d.");
        }

        return length;
    }
}
