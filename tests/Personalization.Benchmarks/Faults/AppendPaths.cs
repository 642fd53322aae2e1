using System.Globalization;
using System.Text.RegularExpressions;

namespace Personalization.Benchmarks.Faults;

/// <summary>How the stream's batches reached their users, from the silos' metrics.</summary>
internal static partial class AppendPaths
{
    /// <summary>Adds the silos' counters up.</summary>
    /// <param name="http">Asks.</param>
    /// <param name="silos">The silos.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A share a path, as text.</returns>
    public static async Task<string> ReadAsync(HttpClient http, IReadOnlyList<Uri> silos, CancellationToken cancellationToken)
    {
        var sums = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var silo in silos)
        {
            foreach (Match match in Appends().Matches(await http.GetStringAsync(new Uri(silo, "metrics"), cancellationToken)))
            {
                var path = match.Groups["path"].Value;
                sums[path] = sums.GetValueOrDefault(path) + double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture);
            }
        }

        return string.Join(", ", sums.Select(sum => $"{sum.Key} {100 * sum.Value / sums.Values.Sum():0.00} %"));
    }

    [GeneratedRegex("""^personalization_users_appends\S*\{[^}]*path="(?<path>\w+)"[^}]*\} (?<value>\S+)""", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Appends();
}
