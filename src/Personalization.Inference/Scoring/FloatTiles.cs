using System.Runtime.CompilerServices;
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
}
