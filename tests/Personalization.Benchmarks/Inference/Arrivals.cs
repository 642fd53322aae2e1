namespace Personalization.Benchmarks.Inference;

/// <summary>When requests come.</summary>
internal static class Arrivals
{
    private const int Seed = 7;

    /// <summary>Random arrivals of independent shoppers, the same each time.</summary>
    /// <param name="perSecond">How many on average.</param>
    /// <param name="span">How long.</param>
    /// <returns>Times since the start, rising.</returns>
    public static IEnumerable<TimeSpan> Poisson(double perSecond, TimeSpan span)
    {
        var random = new Random(Seed);
        for (var due = TimeSpan.Zero; due < span; due += TimeSpan.FromSeconds(-Math.Log(1 - random.NextDouble()) / perSecond))
        {
            yield return due;
        }
    }
}
