using System.Numerics;

namespace Personalization.Inference.Retrieval;

/// <summary>Keeps the best entries offered in two caller-owned spans: a binary heap with the worst entry on top.</summary>
/// <param name="indices">Gets the indices; its length is the number kept.</param>
/// <param name="scores">Gets the scores.</param>
/// <param name="count">Entries that the spans hold from before.</param>
internal ref struct TopHeap(Span<int> indices, Span<float> scores, int count = 0)
{
    private readonly Span<int> _indices = indices;
    private readonly Span<float> _scores = scores;
    private int _count = count;

    /// <summary>Entries that are kept.</summary>
    public readonly int Count => _count;

    /// <summary>Whether as many are kept as there is room for.</summary>
    public readonly bool IsFull => _count == _indices.Length;

    /// <summary>The worst score kept: once full, an entry of a higher index must exceed it to be taken in.</summary>
    public readonly float Worst => _scores[0];

    /// <summary>Takes an entry in if it is among the best so far.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="score">Its score; must not be NaN.</param>
    public void Offer(int index, float score)
    {
        if (_count < _indices.Length)
        {
            var child = _count++;
            while (child > 0 && IsWorse(score, index, _scores[(child - 1) / 2], _indices[(child - 1) / 2]))
            {
                Copy((child - 1) / 2, child);
                child = (child - 1) / 2;
            }

            (_indices[child], _scores[child]) = (index, score);
        }
        else if (_count > 0 && IsWorse(_scores[0], _indices[0], score, index))
        {
            SiftDown(index, score, _count);
        }
    }

    /// <summary>Offers those of a run of scores whose bits are set.</summary>
    /// <param name="scores">The scores.</param>
    /// <param name="mask">A bit for each, 64 to a word; may be longer.</param>
    /// <param name="first">Index of the first score.</param>
    public void OfferAll(ReadOnlySpan<float> scores, ReadOnlySpan<ulong> mask, int first)
    {
        for (var at = 0; at < scores.Length && !_indices.IsEmpty; at += 64)
        {
            var bits = mask[at >> 6];
            if (bits != 0 && IsFull)
            {
                bits &= Bits.Above(scores[at..], Worst);
            }

            for (; bits != 0; bits &= bits - 1)
            {
                var offset = at + BitOperations.TrailingZeroCount(bits);
                Offer(first + offset, scores[offset]);
            }
        }
    }

    /// <summary>Orders the entries, best first; ends the heap.</summary>
    /// <returns>Number of entries.</returns>
    public readonly int Sort()
    {
        for (var end = _count - 1; end > 0; end--)
        {
            var (index, score) = (_indices[end], _scores[end]);
            Copy(0, end);
            SiftDown(index, score, end);
        }

        return _count;
    }

    private static bool IsWorse(float score, int index, float thanScore, int thanIndex) =>
        score < thanScore || (score == thanScore && index > thanIndex);

    private readonly void SiftDown(int index, float score, int count)
    {
        var parent = 0;
        for (var child = 1; child < count; child = (2 * parent) + 1)
        {
            if (child + 1 < count && IsWorse(_scores[child + 1], _indices[child + 1], _scores[child], _indices[child]))
            {
                child++;
            }

            if (!IsWorse(_scores[child], _indices[child], score, index))
            {
                break;
            }

            Copy(child, parent);
            parent = child;
        }

        (_indices[parent], _scores[parent]) = (index, score);
    }

    private readonly void Copy(int from, int to) => (_indices[to], _scores[to]) = (_indices[from], _scores[from]);
}
