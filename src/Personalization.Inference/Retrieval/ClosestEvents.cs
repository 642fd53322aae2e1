using System.Buffers;
using System.Numerics;
using System.Runtime.Intrinsics;
using Personalization.Inference.Encoding;

namespace Personalization.Inference.Retrieval;

/// <summary>
/// Explains items by events: the one of a sequence whose item is closest, newer ones first. Four items are compared with sixteen events at once. Thread-safe.
/// </summary>
/// <param name="vectors">The items.</param>
/// <param name="maxLength">Most events of a sequence.</param>
internal sealed class ClosestEvents(ItemVectors vectors, int maxLength)
{
    /// <summary>Weight of an event one step older, so that of two equally close events the newer one explains.</summary>
    private const float RecencyDecay = 0.98f;

    private const int Events = 16;
    private const int Items = 4;

    private readonly float[] _weights = Weights(maxLength);
    private readonly int _groupSize = Events * vectors.Dimension;

    /// <summary>Finds the closest event of each item.</summary>
    /// <param name="indices">The items.</param>
    /// <param name="sequence">The events.</param>
    /// <param name="sources">Gets the index of the event in the request for each item; -1 where none stands out.</param>
    public void Find(ReadOnlySpan<int> indices, EncodedSequence sequence, Span<int> sources)
    {
        sources[..indices.Length].Fill(-1);
        var groups = (sequence.Length + Events - 1) / Events;
        var columns = ArrayPool<float>.Shared.Rent(groups * _groupSize);
        for (var group = 0; group < groups; group++)
        {
            WriteColumns(sequence, group, columns.AsSpan(group * _groupSize, _groupSize));
        }

        Span<Vector512<float>> cosines = stackalloc Vector512<float>[Items];
        Span<float> best = stackalloc float[Items];
        for (var first = 0; first < indices.Length; first += Items)
        {
            var items = indices.Slice(first, Math.Min(Items, indices.Length - first));
            best.Clear();
            for (var group = 0; group < groups; group++)
            {
                Compare(columns.AsSpan(group * _groupSize, _groupSize), items, cosines);
                for (var i = 0; i < items.Length; i++)
                {
                    Improve(cosines[i], sequence, group * Events, ref best[i], ref sources[first + i]);
                }
            }
        }

        ArrayPool<float>.Shared.Return(columns);
    }

    private static float[] Weights(int maxLength)
    {
        var weights = new float[maxLength + Events];
        for (var (age, weight) = (0, 1f); age < weights.Length; age++, weight *= RecencyDecay)
        {
            weights[age] = weight;
        }

        return weights;
    }

    // The vectors of the events as columns of length 1, the newest first: then one number of each is side by side.
    private void WriteColumns(EncodedSequence sequence, int group, Span<float> columns)
    {
        columns.Clear();
        var newest = sequence.Items.Length - 1 - (group * Events);
        for (var column = 0; column < Events && newest - column >= sequence.Start; column++)
        {
            var item = sequence.Items[newest - column];
            var row = vectors.Row(item);
            var scale = vectors.InverseNorm(item);
            for (var d = 0; d < row.Length; d++)
            {
                columns[(d * Events) + column] = row[d] * scale;
            }
        }
    }

    private void Compare(ReadOnlySpan<float> columns, ReadOnlySpan<int> items, Span<Vector512<float>> cosines)
    {
        // Fewer than four: the last one again.
        var a = vectors.Row(items[0]);
        var b = vectors.Row(items[Math.Min(1, items.Length - 1)]);
        var c = vectors.Row(items[Math.Min(2, items.Length - 1)]);
        var d = vectors.Row(items[^1]);
        Vector512<float> ofA = default, ofB = default, ofC = default, ofD = default;
        for (var i = 0; i < a.Length; i++)
        {
            var events = Vector512.Create(columns[(i * Events)..]);
            ofA = Vector512.FusedMultiplyAdd(events, Vector512.Create(a[i]), ofA);
            ofB = Vector512.FusedMultiplyAdd(events, Vector512.Create(b[i]), ofB);
            ofC = Vector512.FusedMultiplyAdd(events, Vector512.Create(c[i]), ofC);
            ofD = Vector512.FusedMultiplyAdd(events, Vector512.Create(d[i]), ofD);
        }

        (cosines[0], cosines[1], cosines[2], cosines[3]) = (ofA, ofB, ofC, ofD);
        for (var i = 0; i < items.Length; i++)
        {
            cosines[i] *= vectors.InverseNorm(items[i]);
        }
    }

    private void Improve(Vector512<float> cosines, EncodedSequence sequence, int age, ref float best, ref int source)
    {
        var close = Vector512.GreaterThanOrEqual(cosines, Vector512.Create(vectors.Outstanding)).ExtractMostSignificantBits();
        for (; close != 0; close &= close - 1)
        {
            var column = BitOperations.TrailingZeroCount(close);
            var closeness = cosines[column] * _weights[age + column];
            if (closeness > best)
            {
                (best, source) = (closeness, sequence.Sources[sequence.Items.Length - 1 - age - column]);
            }
        }
    }
}
