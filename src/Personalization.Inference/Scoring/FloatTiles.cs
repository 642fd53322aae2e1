using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Personalization.Inference.Scoring;

/// <summary>Tiles of floats, dimension after dimension: exact.</summary>
internal sealed class FloatTiles : ItemTiles
{
    private readonly float[] _tiles;

    /// <summary>Packs vectors.</summary>
    /// <param name="vectors">Row after row, padding first.</param>
    /// <param name="biases">One for each row.</param>
    /// <param name="dimension">Length of a row.</param>
    public FloatTiles(float[] vectors, float[] biases, int dimension)
        : base(biases, dimension)
    {
        _tiles = new float[checked(Biases.Length * dimension)];
        for (var index = 0; index < Count; index++)
        {
            var tile = index / TileItems * TileItems * dimension;
            for (var d = 0; d < dimension; d++)
            {
                _tiles[tile + (d * TileItems) + (index % TileItems)] = vectors[(index * dimension) + d];
            }
        }
    }

    /// <inheritdoc/>
    public override bool IsExact => true;

    /// <inheritdoc/>
    public override long Bytes => (_tiles.LongLength + Biases.Length) * sizeof(float);

    /// <inheritdoc/>
    public override void Prepare(ReadOnlySpan<float> user, TileQuery query) => user.CopyTo(query.Values);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Score(int block, TileQuery query, Span<float> scores, bool isFirst)
    {
        var values = query.Values;
        ref var tile = ref _tiles[block * BlockItems * Dimension];
        for (var item = 0; item < BlockItems; item += TileItems)
        {
            // Four sums in turn: one alone would wait for the addition before it.
            var sum0 = Vector512.Create<float>(Biases.AsSpan((block * BlockItems) + item));
            var (sum1, sum2, sum3) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
            var d = 0;
            for (; d + 3 < values.Length; d += 4)
            {
                sum0 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref tile), Vector512.Create(values[d]), sum0);
                sum1 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref tile, TileItems), Vector512.Create(values[d + 1]), sum1);
                sum2 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref tile, 2 * TileItems), Vector512.Create(values[d + 2]), sum2);
                sum3 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref tile, 3 * TileItems), Vector512.Create(values[d + 3]), sum3);
                tile = ref Unsafe.Add(ref tile, 4 * TileItems);
            }

            for (; d < values.Length; d++)
            {
                sum0 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref tile), Vector512.Create(values[d]), sum0);
                tile = ref Unsafe.Add(ref tile, TileItems);
            }

            ((sum0 + sum1) + (sum2 + sum3)).CopyTo(scores[item..]);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void ScoreFour(int block, ReadOnlySpan<TileQuery> queries, Span<float> scores, bool isFirst)
    {
        ref var a = ref MemoryMarshal.GetArrayDataReference(queries[0].Values);
        ref var b = ref MemoryMarshal.GetArrayDataReference(queries[1].Values);
        ref var c = ref MemoryMarshal.GetArrayDataReference(queries[2].Values);
        ref var d = ref MemoryMarshal.GetArrayDataReference(queries[3].Values);
        ref var tile = ref _tiles[block * BlockItems * Dimension];
        for (var item = 0; item < BlockItems; item += TileItems)
        {
            // The sums of one shopper are those of Score.
            var a0 = Vector512.Create<float>(Biases.AsSpan((block * BlockItems) + item));
            var (b0, c0, d0) = (a0, a0, a0);
            var (a1, a2, a3) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
            var (b1, b2, b3) = (a1, a1, a1);
            var (c1, c2, c3) = (a1, a1, a1);
            var (d1, d2, d3) = (a1, a1, a1);
            var at = 0;
            for (; at + 3 < Dimension; at += 4)
            {
                var items = Vector512.LoadUnsafe(ref tile);
                a0 = Vector512.FusedMultiplyAdd(items, Vector512.Create(Unsafe.Add(ref a, at)), a0);
                b0 = Vector512.FusedMultiplyAdd(items, Vector512.Create(Unsafe.Add(ref b, at)), b0);
                c0 = Vector512.FusedMultiplyAdd(items, Vector512.Create(Unsafe.Add(ref c, at)), c0);
                d0 = Vector512.FusedMultiplyAdd(items, Vector512.Create(Unsafe.Add(ref d, at)), d0);
                items = Vector512.LoadUnsafe(ref tile, TileItems);
                a1 = Vector512.FusedMultiplyAdd(items, Vector512.Create(Unsafe.Add(ref a, at + 1)), a1);
                b1 = Vector512.FusedMultiplyAdd(items, Vector512.Create(Unsafe.Add(ref b, at + 1)), b1);
                c1 = Vector512.FusedMultiplyAdd(items, Vector512.Create(Unsafe.Add(ref c, at + 1)), c1);
                d1 = Vector512.FusedMultiplyAdd(items, Vector512.Create(Unsafe.Add(ref d, at + 1)), d1);
                items = Vector512.LoadUnsafe(ref tile, 2 * TileItems);
                a2 = Vector512.FusedMultiplyAdd(items, Vector512.Create(Unsafe.Add(ref a, at + 2)), a2);
                b2 = Vector512.FusedMultiplyAdd(items, Vector512.Create(Unsafe.Add(ref b, at + 2)), b2);
                c2 = Vector512.FusedMultiplyAdd(items, Vector512.Create(Unsafe.Add(ref c, at + 2)), c2);
                d2 = Vector512.FusedMultiplyAdd(items, Vector512.Create(Unsafe.Add(ref d, at + 2)), d2);
                items = Vector512.LoadUnsafe(ref tile, 3 * TileItems);
                a3 = Vector512.FusedMultiplyAdd(items, Vector512.Create(Unsafe.Add(ref a, at + 3)), a3);
                b3 = Vector512.FusedMultiplyAdd(items, Vector512.Create(Unsafe.Add(ref b, at + 3)), b3);
                c3 = Vector512.FusedMultiplyAdd(items, Vector512.Create(Unsafe.Add(ref c, at + 3)), c3);
                d3 = Vector512.FusedMultiplyAdd(items, Vector512.Create(Unsafe.Add(ref d, at + 3)), d3);
                tile = ref Unsafe.Add(ref tile, 4 * TileItems);
            }

            for (; at < Dimension; at++)
            {
                var items = Vector512.LoadUnsafe(ref tile);
                a0 = Vector512.FusedMultiplyAdd(items, Vector512.Create(Unsafe.Add(ref a, at)), a0);
                b0 = Vector512.FusedMultiplyAdd(items, Vector512.Create(Unsafe.Add(ref b, at)), b0);
                c0 = Vector512.FusedMultiplyAdd(items, Vector512.Create(Unsafe.Add(ref c, at)), c0);
                d0 = Vector512.FusedMultiplyAdd(items, Vector512.Create(Unsafe.Add(ref d, at)), d0);
                tile = ref Unsafe.Add(ref tile, TileItems);
            }

            ((a0 + a1) + (a2 + a3)).CopyTo(scores[item..]);
            ((b0 + b1) + (b2 + b3)).CopyTo(scores[(BlockItems + item)..]);
            ((c0 + c1) + (c2 + c3)).CopyTo(scores[((2 * BlockItems) + item)..]);
            ((d0 + d1) + (d2 + d3)).CopyTo(scores[((3 * BlockItems) + item)..]);
        }
    }
}
