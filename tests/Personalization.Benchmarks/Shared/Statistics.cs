namespace Personalization.Benchmarks;

/// <summary>What is said of many figures.</summary>
internal static class Statistics
{
    /// <summary>The middle one, or the mean of the two in the middle.</summary>
    /// <param name="values">The figures; none: 0.</param>
    /// <returns>The median.</returns>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? 0
            : sorted.Length % 2 == 1 ? sorted[sorted.Length / 2]
            : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Medians of the second quarter of a soak's samples and of the last: the first one fills.</summary>
    /// <param name="samples">The samples, in their order.</param>
    /// <returns>Both.</returns>
    public static (double Early, double Late) Quarters(IReadOnlyList<double> samples) => (
        Median(samples.Take(samples.Count / 2).Skip(samples.Count / 4)),
        Median(samples.Skip(samples.Count * 3 / 4)));
}
