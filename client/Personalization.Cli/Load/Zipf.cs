namespace Personalization.Cli.Load;

/// <summary>Draws ranks with P(rank) proportional to 1 / (rank + 1)^skew.</summary>
internal sealed class Zipf
{
    private readonly double[] _cumulative;

    public Zipf(int count, double skew)
    {
        _cumulative = new double[count];
        var sum = 0.0;
        for (var i = 0; i < count; i++)
        {
            _cumulative[i] = sum += Math.Pow(i + 1, -skew);
        }

        for (var i = 0; i < count; i++)
        {
            _cumulative[i] /= sum;
        }
    }

    /// <summary>Draws a rank.</summary>
    /// <param name="random">Source of chance.</param>
    /// <returns>From 0.</returns>
    public int Next(Random random)
    {
        var found = Array.BinarySearch(_cumulative, random.NextDouble());
        return Math.Min(found < 0 ? ~found : found, _cumulative.Length - 1);
    }
}
