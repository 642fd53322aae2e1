using System.Numerics;

namespace Personalization.Inference.Retrieval;

/// <summary>
/// Finds the best of a row of scores where they are few of many: a score that as many exceed as are wanted, or a little more, is found by counting, with sixteen
/// comparisons at once; only those above it are sorted. What it starts from is the last row's, as rows are alike. One thread at a time.
/// </summary>
internal sealed class Shortlist
{
    /// <summary>Of rows with less than so many scores for each that is wanted, sorting on the way takes no longer.</summary>
    private const int FewestForEach = 16;

    private const int Spare = 16;
    private const int Octave = 1 << 23;
    private const int Block = 64;

    private ulong[] _keys = [];
    private int _guess;

    /// <summary>Selects, best first, ties to the lower index.</summary>
    /// <param name="scores">The scores.</param>
    /// <param name="mask">A bit for each that may be selected, 64 to a word; may be longer.</param>
    /// <param name="best">Gets the indices; its length is how many are wanted.</param>
    /// <param name="bestScores">Gets their scores.</param>
    /// <returns>Whether it did; not where those wanted are many of those there are, or too many are equal.</returns>
    public bool TrySelect(ReadOnlySpan<float> scores, ReadOnlySpan<ulong> mask, Span<int> best, Span<float> bestScores)
    {
        var wanted = best.Length;
        if (wanted == 0 || scores.Length / wanted < FewestForEach || Cut(scores, mask, wanted) is not { } cut)
        {
            return false;
        }

        var keys = Above(scores, mask, cut);
        keys.Sort();
        for (var place = 0; place < wanted; place++)
        {
            best[place] = (int)(uint)keys[place];
            bestScores[place] = scores[best[place]];
        }

        return true;
    }

    // Floats as whole numbers of the same order: an octave of positive ones has 2^23.
    private static int Ordered(float score)
    {
        var bits = BitConverter.SingleToInt32Bits(score + 0f);
        return bits >= 0 ? bits : bits ^ int.MaxValue;
    }

    private static float Score(int ordered) => BitConverter.Int32BitsToSingle(ordered >= 0 ? ordered : ordered ^ int.MaxValue);

    private static int CountAbove(ReadOnlySpan<float> scores, ReadOnlySpan<ulong> mask, float cut)
    {
        var count = 0;
        for (var at = 0; at < scores.Length; at += Block)
        {
            count += BitOperations.PopCount(mask[at / Block] & Bits.Above(scores[at..], cut));
        }

        return count;
    }

    // By ever longer steps until it lies between two that were counted, then halfway.
    private float? Cut(ReadOnlySpan<float> scores, ReadOnlySpan<ulong> mask, int wanted)
    {
        long? tooLow = null, tooHigh = null;
        for (long cut = _guess, step = Octave / 2; ; step *= 2)
        {
            var count = CountAbove(scores, mask, Score((int)cut));
            if (count >= wanted && count <= wanted + (wanted / 2) + Spare)
            {
                _guess = (int)cut;
                return Score(_guess);
            }

            if (count < wanted)
            {
                tooHigh = cut;
            }
            else
            {
                tooLow = cut;
            }

            var next = (tooLow, tooHigh) is ({ } low, { } high) ? low + ((high - low) / 2)
                : Math.Clamp(count < wanted ? cut - step : cut + step, Ordered(float.NegativeInfinity), Ordered(float.PositiveInfinity));
            if (next == tooLow || next == tooHigh)
            {
                return null;
            }

            cut = next;
        }
    }

    private Span<ulong> Above(ReadOnlySpan<float> scores, ReadOnlySpan<ulong> mask, float cut)
    {
        var found = 0;
        for (var at = 0; at < scores.Length; at += Block)
        {
            var bits = mask[at / Block] & Bits.Above(scores[at..], cut);
            if (found + Block > _keys.Length)
            {
                Array.Resize(ref _keys, Math.Max(_keys.Length * 2, 2 * Block));
            }

            for (; bits != 0; bits &= bits - 1)
            {
                var index = at + BitOperations.TrailingZeroCount(bits);
                _keys[found++] = ((ulong)~((uint)Ordered(scores[index]) ^ 0x8000_0000u) << 32) | (uint)index;
            }
        }

        return _keys.AsSpan(0, found);
    }
}
