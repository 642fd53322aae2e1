using System.Globalization;

namespace Personalization.Benchmarks.Http;

/// <summary>Reads a <c>Server-Timing</c> header.</summary>
internal static class ServerTiming
{
    private const string Duration = ";dur=";

    /// <summary>One part of it.</summary>
    /// <param name="header">The header's value.</param>
    /// <param name="name">Which part.</param>
    /// <returns>Its duration, ms; 0 when it is not there.</returns>
    public static double Of(ReadOnlySpan<char> header, ReadOnlySpan<char> name)
    {
        foreach (var range in header.Split(", "))
        {
            var part = header[range];
            if (part.StartsWith(name) && part[name.Length..].StartsWith(Duration))
            {
                return double.Parse(part[(name.Length + Duration.Length)..], CultureInfo.InvariantCulture);
            }
        }

        return 0;
    }
}
