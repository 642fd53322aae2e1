using System.Globalization;
using System.Text.RegularExpressions;

namespace Personalization.Hosting.Tests.Telemetry;

/// <summary>The text that Prometheus reads.</summary>
internal sealed partial class ExportedMetrics(string text)
{
    /// <summary>Names of the series, without labels.</summary>
    public HashSet<string> Names { get; } = [.. Series().Matches(text).Select(match => match.Value)];

    /// <summary>Labels of a series.</summary>
    public HashSet<string> Labels(string series) =>
        [.. Line().Matches(text).Where(match => match.Groups["name"].Value == series).SelectMany(match => Label().Matches(match.Groups["labels"].Value)).Select(match => match.Value)];

    /// <summary>Upper bounds of a histogram's buckets, but for infinity.</summary>
    public double[] Boundaries(string histogram) =>
        [.. Bucket().Matches(text).Where(match => match.Groups["name"].Value == histogram && match.Groups["le"].Value != "+Inf")
            .Select(match => double.Parse(match.Groups["le"].Value, CultureInfo.InvariantCulture))];

    [GeneratedRegex("^[a-z_]+", RegexOptions.Multiline | RegexOptions.CultureInvariant, 5_000)]
    private static partial Regex Series();

    [GeneratedRegex("^(?<name>[a-z_]+)\\{(?<labels>.*)\\}", RegexOptions.Multiline | RegexOptions.CultureInvariant, 5_000)]
    private static partial Regex Line();

    [GeneratedRegex("[a-z_]+(?==\")", RegexOptions.CultureInvariant, 5_000)]
    private static partial Regex Label();

    [GeneratedRegex("^(?<name>[a-z_]+)_bucket\\{.*le=\"(?<le>[^\"]+)\"", RegexOptions.Multiline | RegexOptions.CultureInvariant, 5_000)]
    private static partial Regex Bucket();
}
