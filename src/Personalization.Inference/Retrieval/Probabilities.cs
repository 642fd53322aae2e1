using System.Runtime.Intrinsics;

namespace Personalization.Inference.Retrieval;

/// <summary>Rows in which a graph says how likely each item is, so that it need not take a logarithm of all.</summary>
internal static class Probabilities
{
    /// <summary>What is less likely counts as this, so that a logarithm is finite.</summary>
    private const float Least = 1e-9f;

    /// <summary>The sum, in the same order wherever the row is in memory.</summary>
    /// <param name="row">Some probabilities.</param>
    /// <returns>The sum.</returns>
    public static float Sum(ReadOnlySpan<float> row)
    {
        var (sums, at) = (Vector512<float>.Zero, 0);
        for (; at <= row.Length - Vector512<float>.Count; at += Vector512<float>.Count)
        {
            sums += Vector512.Create(row[at..]);
        }

        var sum = Vector512.Sum(sums);
        for (; at < row.Length; at++)
        {
            sum += row[at];
        }

        return sum;
    }

    /// <summary>Turns probabilities into scores.</summary>
    /// <param name="chosen">A few of a row.</param>
    public static void TakeLogarithms(Span<float> chosen)
    {
        foreach (ref var each in chosen)
        {
            each = MathF.Log(MathF.Max(each, Least));
        }
    }
}
