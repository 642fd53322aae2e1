using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Personalization.Inference.Engine;

/// <summary>Picks the best eligible items of a row: exact, ties to the lower index. Holds scratch memory, so one thread at a time.</summary>
/// <param name="width">Scores of a row.</param>
internal sealed class CandidateSelector(int width)
{
    private readonly ulong[] _mask = new ulong[(width + 63) / 64];
    private readonly ulong[] _union = new ulong[(width + 63) / 64];

    /// <summary>Selects.</summary>
    /// <param name="scores">A score for each index.</param>
    /// <param name="selection">What is eligible, and how many.</param>
    /// <param name="best">Gets the indices, best first.</param>
    /// <param name="bestScores">Gets their scores.</param>
    /// <returns>How many; fewer than asked only when fewer are eligible.</returns>
    public int Select(ReadOnlySpan<float> scores, Selection selection, Span<int> best, Span<float> bestScores)
    {
        if (selection.Count == 0)
        {
            return 0;
        }

        BuildMask(selection);
        var heap = new TopHeap(best[..selection.Count], bestScores[..selection.Count]);
        for (var word = 0; word < _mask.Length; word++)
        {
            var bits = _mask[word];
            if (bits != 0 && heap.IsFull && scores.Length - (word << 6) >= 64)
            {
                bits &= Above(scores.Slice(word << 6, 64), heap.Worst);
            }

            for (; bits != 0; bits &= bits - 1)
            {
                var index = (word << 6) + BitOperations.TrailingZeroCount(bits);
                heap.Offer(index, scores[index]);
            }
        }

        return heap.Sort();
    }

    // Few of many beat the worst that is kept: 64 comparisons at once leave the rest out.
    private static ulong Above(ReadOnlySpan<float> scores, float threshold)
    {
        var bits = 0UL;
        var limit = Vector256.Create(threshold);
        for (var i = 0; i < 64; i += Vector256<float>.Count)
        {
            bits |= (ulong)Vector256.GreaterThan(Vector256.Create(scores.Slice(i)), limit).ExtractMostSignificantBits() << i;
        }

        return bits;
    }

    private void BuildMask(Selection selection)
    {
        selection.View.Available.CopyTo(_mask, 0);
        if (selection.Categories.Length > 0)
        {
            Array.Clear(_union);
            foreach (var category in selection.Categories)
            {
                if (selection.View.Categories.TryGetValue(category, out var bits))
                {
                    TensorPrimitives.BitwiseOr(_union, bits, _union);
                }
            }

            TensorPrimitives.BitwiseAnd(_mask, _union, _mask);
        }

        foreach (var index in selection.Excluded)
        {
            Bits.Clear(_mask, index);
        }
    }
}
