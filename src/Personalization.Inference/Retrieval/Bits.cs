using System.Runtime.Intrinsics;

namespace Personalization.Inference.Retrieval;

/// <summary>Bit sets in words of 64.</summary>
internal static class Bits
{
    public static void Set(Span<ulong> words, int index) => words[index >> 6] |= 1UL << index;

    public static void Clear(Span<ulong> words, int index) => words[index >> 6] &= ~(1UL << index);

    public static bool IsSet(ReadOnlySpan<ulong> words, int index) => (words[index >> 6] >> index & 1) != 0;

    /// <summary>The bits from 1 up to, not including, a width: all items of a model.</summary>
    /// <param name="width">Number of a model's indices.</param>
    /// <returns>The words.</returns>
    public static ulong[] All(int width)
    {
        var words = new ulong[(width + 63) / 64];
        for (var index = 1; index < width; index++)
        {
            Set(words, index);
        }

        return words;
    }

    /// <summary>Which of up to 64 scores exceed one: few of many do, so that comparing sixteen at once leaves the rest out.</summary>
    /// <param name="scores">The scores; what follows the 64th does not count.</param>
    /// <param name="limit">The score that they have to exceed.</param>
    /// <returns>A bit for each, the first one lowest.</returns>
    public static ulong Above(ReadOnlySpan<float> scores, float limit)
    {
        var bits = 0UL;
        if (scores.Length < 64)
        {
            for (var i = 0; i < scores.Length; i++)
            {
                bits |= scores[i] > limit ? 1UL << i : 0;
            }

            return bits;
        }

        var limits = Vector512.Create(limit);
        for (var i = 0; i < 64; i += Vector512<float>.Count)
        {
            bits |= Vector512.GreaterThan(Vector512.Create(scores[i..]), limits).ExtractMostSignificantBits() << i;
        }

        return bits;
    }
}
