using System.Runtime.Intrinsics;

namespace Personalization.Inference.Scoring;

/// <summary>An exponential for sums over a whole catalogue, where the library's (ten times as long) would take longer than the scores.</summary>
internal static class Exponential
{
    private const float Log2E = 1.44269504f;
    private const float Ln2 = 0.693147181f;

    // Below, 2^x is no normal number any more; what it adds to a sum that holds a 1 is nothing.
    private const float Smallest = -126;
    private const int ExponentBias = 127;
    private const int MantissaBits = 23;

    /// <summary>The sum of e^(x - largest), in one pass.</summary>
    /// <param name="values">The numbers.</param>
    /// <param name="largest">The largest of them, or a larger one.</param>
    /// <returns>The sum.</returns>
    public static float Sum(ReadOnlySpan<float> values, float largest)
    {
        var (sum, at) = (Vector512<float>.Zero, 0);
        for (; at <= values.Length - Vector512<float>.Count; at += Vector512<float>.Count)
        {
            sum += OfNegative(Vector512.Create(values[at..]) - Vector512.Create(largest));
        }

        var total = Vector512.Sum(sum);
        for (; at < values.Length; at++)
        {
            total += MathF.Exp(values[at] - largest);
        }

        return total;
    }

    /// <summary>e^x for x up to 0: a power of two and a Taylor series of degree 6 over what is left of it; relative error below 1e-6.</summary>
    /// <param name="x">Exponents, at most 0; negative infinity gives next to nothing.</param>
    /// <returns>The exponentials.</returns>
    public static Vector512<float> OfNegative(Vector512<float> x)
    {
        var power = Vector512.Max(x * Log2E, Vector512.Create(Smallest));
        var whole = Vector512.Round(power);
        var rest = (power - whole) * Ln2;
        var series = Vector512.FusedMultiplyAdd(rest, Vector512.Create(1f / 720), Vector512.Create(1f / 120));
        series = Vector512.FusedMultiplyAdd(rest, series, Vector512.Create(1f / 24));
        series = Vector512.FusedMultiplyAdd(rest, series, Vector512.Create(1f / 6));
        series = Vector512.FusedMultiplyAdd(rest, series, Vector512.Create(0.5f));
        series = Vector512.FusedMultiplyAdd(rest, series, Vector512<float>.One);
        series = Vector512.FusedMultiplyAdd(rest, series, Vector512<float>.One);
        return series * ((Vector512.ConvertToInt32(whole) + Vector512.Create(ExponentBias)) << MantissaBits).AsSingle();
    }
}
