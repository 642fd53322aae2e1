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
    public override void Score(int block, TileQuery query, Span<float> scores)
    {
        const int TilesAtOnce = 4;
        var tile = Dimension * TileItems;
        ref var tiles = ref MemoryMarshal.GetArrayDataReference(_tiles);
        ref var biases = ref MemoryMarshal.GetArrayDataReference(Biases);
        ref var target = ref MemoryMarshal.GetReference(scores[..BlockItems]);
        var values = query.Values;

        // Four sums at once: one alone would wait for the addition before it.
        for (var item = 0; item < BlockItems; item += TileItems * TilesAtOnce)
        {
            var from = (nuint)((block * BlockItems) + item);
            var sum0 = Vector512.LoadUnsafe(ref biases, from);
            var sum1 = Vector512.LoadUnsafe(ref biases, from + TileItems);
            var sum2 = Vector512.LoadUnsafe(ref biases, from + (2 * TileItems));
            var sum3 = Vector512.LoadUnsafe(ref biases, from + (3 * TileItems));
            var at = from * (nuint)Dimension;
            for (var d = 0; d < values.Length; d++, at += TileItems)
            {
                var value = Vector512.Create(values[d]);
                sum0 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref tiles, at), value, sum0);
                sum1 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref tiles, at + (nuint)tile), value, sum1);
                sum2 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref tiles, at + (nuint)(2 * tile)), value, sum2);
                sum3 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref tiles, at + (nuint)(3 * tile)), value, sum3);
            }

            sum0.StoreUnsafe(ref target, (nuint)item);
            sum1.StoreUnsafe(ref target, (nuint)(item + TileItems));
            sum2.StoreUnsafe(ref target, (nuint)(item + (2 * TileItems)));
            sum3.StoreUnsafe(ref target, (nuint)(item + (3 * TileItems)));
        }
    }
}
