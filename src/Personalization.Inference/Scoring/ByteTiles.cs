using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Personalization.Inference.Scoring;

/// <summary>
/// Tiles of bytes with a scale for each item: a quarter of the memory to read. Items are 8 bits, kept unsigned with 128 added; shoppers are 7 bits, so that two
/// products of a byte and a signed byte always fit into 16 bits and every instruction set gives the same whole number.
/// </summary>
internal sealed class ByteTiles : ItemTiles
{
    private const int Offset = 128;
    private const int ItemSteps = 127;
    private const int UserSteps = 63;
    private const int Group = 4;
    private const int GroupBytes = TileItems * Group;

    // How far ahead of what is multiplied memory is asked for, bytes.
    private const int Ahead = 2048;

    private readonly byte[] _tiles;
    private readonly float[] _scales;
    private readonly int _groups;
    private readonly Kernel _kernel;

    /// <summary>Rounds and packs vectors.</summary>
    /// <param name="vectors">Row after row, padding first.</param>
    /// <param name="biases">One for each row.</param>
    /// <param name="dimension">Length of a row.</param>
    /// <param name="kernel">Instructions to use; null: the widest there are.</param>
    public ByteTiles(float[] vectors, float[] biases, int dimension, Kernel? kernel = null)
        : base(biases, dimension)
    {
        _kernel = kernel ?? (AvxVnni.IsSupported ? Kernel.Vnni : Avx512BW.IsSupported ? Kernel.Avx512 : Avx2.IsSupported ? Kernel.Avx2 : Kernel.Portable);
        _groups = (dimension + Group - 1) / Group;
        _scales = new float[Biases.Length];
        _tiles = new byte[checked(Biases.Length * _groups * Group)];
        Array.Fill(_tiles, (byte)Offset);
        for (var index = 0; index < Count; index++)
        {
            var row = vectors.AsSpan(index * dimension, dimension);
            var scale = TensorPrimitives.MaxMagnitude(row) is var largest && Math.Abs(largest) > 0 ? Math.Abs(largest) / ItemSteps : 1;
            _scales[index] = scale;
            for (var d = 0; d < dimension; d++)
            {
                _tiles[Position(index, d)] = (byte)(Offset + (int)MathF.Round(row[d] / scale));
            }
        }
    }

    /// <summary>How whole numbers are multiplied.</summary>
    public enum Kernel
    {
        /// <summary>One by one.</summary>
        Portable = 0,

        /// <summary>32 bytes at once.</summary>
        Avx2 = 1,

        /// <summary>64 bytes at once.</summary>
        Avx512 = 2,

        /// <summary>32 bytes at once, multiplied and added up by one instruction.</summary>
        Vnni = 3,
    }

    /// <inheritdoc/>
    public override bool IsExact => false;

    /// <inheritdoc/>
    public override long Bytes => _tiles.LongLength + ((_scales.LongLength + Biases.Length) * sizeof(float));

    /// <inheritdoc/>
    public override void Prepare(ReadOnlySpan<float> user, TileQuery query)
    {
        user.CopyTo(query.Values);
        var largest = Math.Abs(TensorPrimitives.MaxMagnitude(user));
        query.Scale = largest > 0 ? largest / UserSteps : 1;
        query.Sum = 0;
        for (var d = 0; d < user.Length; d++)
        {
            query.Bytes[d] = (sbyte)MathF.Round(user[d] / query.Scale);
            query.Sum += query.Bytes[d];
        }
    }

    /// <inheritdoc/>
    public override void Score(int block, TileQuery query, Span<float> scores, bool isFirst)
    {
        var first = block * BlockItems;
        var tiles = _tiles.AsSpan(first * _groups * Group, BlockItems * _groups * Group);
        var words = MemoryMarshal.Cast<sbyte, int>(query.Bytes.AsSpan());
        Span<int> sums = stackalloc int[BlockItems];
        switch (_kernel)
        {
            case Kernel.Vnni:
                MultiplyVnni(tiles, words, sums, isFirst ? Ahead : 0);
                break;
            case Kernel.Avx512 when isFirst:
                ReadAvx512(tiles, words, sums);
                break;
            case Kernel.Avx512:
                MultiplyAvx512(tiles, words, sums);
                break;
            case Kernel.Avx2:
                MultiplyAvx2(tiles, words, sums);
                break;
            default:
                Multiply(tiles, query.Bytes, sums);
                break;
        }

        ToScores(first, query, sums, scores);
    }

    /// <inheritdoc/>
    public override void ScoreFour(int block, ReadOnlySpan<TileQuery> queries, Span<float> scores, bool isFirst)
    {
        if (_kernel != Kernel.Vnni)
        {
            for (var query = 0; query < queries.Length; query++)
            {
                Score(block, queries[query], scores.Slice(query * BlockItems, BlockItems), isFirst && query == 0);
            }

            return;
        }

        var first = block * BlockItems;
        Span<int> sums = stackalloc int[AtOnce * BlockItems];
        MultiplyFourVnni(_tiles.AsSpan(first * _groups * Group, BlockItems * _groups * Group), queries, sums, isFirst ? Ahead : 0);
        for (var query = 0; query < AtOnce; query++)
        {
            ToScores(first, queries[query], sums.Slice(query * BlockItems, BlockItems), scores.Slice(query * BlockItems, BlockItems));
        }
    }

    // Memory is asked for ahead, where it is read first: the processor's own look ahead ends with each page of 4 KiB.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void MultiplyVnni(ReadOnlySpan<byte> tiles, ReadOnlySpan<int> user, Span<int> sums, int ahead)
    {
        ref var to = ref MemoryMarshal.GetReference(sums);
        fixed (byte* from = tiles)
        {
            var at = from;
            for (nuint item = 0; item < BlockItems; item += TileItems)
            {
                // Two sums of each in turn: one alone would wait for the addition before it.
                var (low0, high0, low1, high1) = (Vector256<int>.Zero, Vector256<int>.Zero, Vector256<int>.Zero, Vector256<int>.Zero);
                var word = 0;
                for (; word + 1 < user.Length; word += 2)
                {
                    Sse.Prefetch0(at + ahead);
                    Sse.Prefetch0(at + GroupBytes + ahead);
                    var (even, odd) = (Vector256.Create(user[word]).AsSByte(), Vector256.Create(user[word + 1]).AsSByte());
                    low0 = AvxVnni.MultiplyWideningAndAdd(low0, Vector256.Load(at), even);
                    high0 = AvxVnni.MultiplyWideningAndAdd(high0, Vector256.Load(at + (GroupBytes / 2)), even);
                    low1 = AvxVnni.MultiplyWideningAndAdd(low1, Vector256.Load(at + GroupBytes), odd);
                    high1 = AvxVnni.MultiplyWideningAndAdd(high1, Vector256.Load(at + GroupBytes + (GroupBytes / 2)), odd);
                    at += 2 * GroupBytes;
                }

                if (word < user.Length)
                {
                    var last = Vector256.Create(user[word]).AsSByte();
                    low0 = AvxVnni.MultiplyWideningAndAdd(low0, Vector256.Load(at), last);
                    high0 = AvxVnni.MultiplyWideningAndAdd(high0, Vector256.Load(at + (GroupBytes / 2)), last);
                    at += GroupBytes;
                }

                Store(ref to, item, low0 + low1, high0 + high1);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void MultiplyFourVnni(ReadOnlySpan<byte> tiles, ReadOnlySpan<TileQuery> users, Span<int> sums, int ahead)
    {
        var words = users[0].Bytes.Length / Group;
        ref var to = ref MemoryMarshal.GetReference(sums);
        fixed (byte* from = tiles)
        fixed (sbyte* a = users[0].Bytes, b = users[1].Bytes, c = users[2].Bytes, d = users[3].Bytes)
        {
            var at = from;
            for (nuint item = 0; item < BlockItems; item += TileItems)
            {
                var (a0, a1, b0, b1) = (Vector256<int>.Zero, Vector256<int>.Zero, Vector256<int>.Zero, Vector256<int>.Zero);
                var (c0, c1, d0, d1) = (a0, a0, a0, a0);
                for (var word = 0; word < words; word++)
                {
                    Sse.Prefetch0(at + ahead);
                    var (low, high) = (Vector256.Load(at), Vector256.Load(at + (GroupBytes / 2)));
                    var user = Vector256.Create(((int*)a)[word]).AsSByte();
                    a0 = AvxVnni.MultiplyWideningAndAdd(a0, low, user);
                    a1 = AvxVnni.MultiplyWideningAndAdd(a1, high, user);
                    user = Vector256.Create(((int*)b)[word]).AsSByte();
                    b0 = AvxVnni.MultiplyWideningAndAdd(b0, low, user);
                    b1 = AvxVnni.MultiplyWideningAndAdd(b1, high, user);
                    user = Vector256.Create(((int*)c)[word]).AsSByte();
                    c0 = AvxVnni.MultiplyWideningAndAdd(c0, low, user);
                    c1 = AvxVnni.MultiplyWideningAndAdd(c1, high, user);
                    user = Vector256.Create(((int*)d)[word]).AsSByte();
                    d0 = AvxVnni.MultiplyWideningAndAdd(d0, low, user);
                    d1 = AvxVnni.MultiplyWideningAndAdd(d1, high, user);
                    at += GroupBytes;
                }

                Store(ref to, item, a0, a1);
                Store(ref to, BlockItems + item, b0, b1);
                Store(ref to, (2 * BlockItems) + item, c0, c1);
                Store(ref to, (3 * BlockItems) + item, d0, d1);
            }
        }
    }

    private static void Store(ref int to, nuint item, Vector256<int> low, Vector256<int> high)
    {
        low.StoreUnsafe(ref to, item);
        high.StoreUnsafe(ref to, item + (TileItems / 2));
    }

    // From the cache, two tiles at once: they share the shopper's bytes, and one sum does not wait for the other.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyAvx512(ReadOnlySpan<byte> tiles, ReadOnlySpan<int> user, Span<int> sums)
    {
        ref var from = ref MemoryMarshal.GetReference(tiles);
        ref var to = ref MemoryMarshal.GetReference(sums);
        var tile = (nuint)(user.Length * GroupBytes);
        for (nuint item = 0, at = 0; item < BlockItems; item += 2 * TileItems, at += tile)
        {
            var (low, high) = (Vector512<int>.Zero, Vector512<int>.Zero);
            foreach (var word in user)
            {
                var bytes = Vector512.Create(word).AsSByte();
                low += Products(Vector512.LoadUnsafe(ref from, at), bytes);
                high += Products(Vector512.LoadUnsafe(ref from, at + tile), bytes);
                at += GroupBytes;
            }

            low.StoreUnsafe(ref to, item);
            high.StoreUnsafe(ref to, item + TileItems);
        }
    }

    // From memory, in its order, and asked for ahead: the processor's own look ahead ends with each page of 4 KiB.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void ReadAvx512(ReadOnlySpan<byte> tiles, ReadOnlySpan<int> user, Span<int> sums)
    {
        ref var to = ref MemoryMarshal.GetReference(sums);
        fixed (byte* from = tiles)
        {
            var at = from;
            for (nuint item = 0; item < BlockItems; item += TileItems)
            {
                var sum = Vector512<int>.Zero;
                foreach (var word in user)
                {
                    Sse.Prefetch0(at + Ahead);
                    sum += Products(Vector512.Load(at), Vector512.Create(word).AsSByte());
                    at += GroupBytes;
                }

                sum.StoreUnsafe(ref to, item);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Products(Vector512<byte> items, Vector512<sbyte> user) =>
        Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(items, user), Vector512<short>.One);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyAvx2(ReadOnlySpan<byte> tiles, ReadOnlySpan<int> user, Span<int> sums)
    {
        ref var from = ref MemoryMarshal.GetReference(tiles);
        ref var to = ref MemoryMarshal.GetReference(sums);
        for (nuint item = 0, at = 0; item < BlockItems; item += TileItems)
        {
            var (low, high) = (Vector256<int>.Zero, Vector256<int>.Zero);
            foreach (var word in user)
            {
                var bytes = Vector256.Create(word).AsSByte();
                low += Products(ref from, at, bytes);
                high += Products(ref from, at + (GroupBytes / 2), bytes);
                at += GroupBytes;
            }

            Store(ref to, item, low, high);
        }

        static Vector256<int> Products(ref byte from, nuint at, Vector256<sbyte> bytes) =>
            Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Vector256.LoadUnsafe(ref from, at), bytes), Vector256<short>.One);
    }

    private static void Multiply(ReadOnlySpan<byte> tiles, ReadOnlySpan<sbyte> user, Span<int> sums)
    {
        var tile = user.Length * TileItems;
        for (var item = 0; item < BlockItems; item++)
        {
            var from = tiles[((item / TileItems * tile) + (item % TileItems * Group))..];
            var sum = 0;
            for (var d = 0; d < user.Length; d++)
            {
                sum += from[(d / Group * GroupBytes) + (d % Group)] * user[d];
            }

            sums[item] = sum;
        }
    }

    private void ToScores(int first, TileQuery query, ReadOnlySpan<int> sums, Span<float> scores)
    {
        var offset = Vector512.Create(Offset * query.Sum);
        var scale = Vector512.Create(query.Scale);
        for (var item = 0; item < BlockItems; item += TileItems)
        {
            var products = Vector512.ConvertToSingle(Vector512.Create(sums[item..]) - offset);
            var scales = Vector512.Create<float>(_scales.AsSpan(first + item)) * scale;
            Vector512.FusedMultiplyAdd(products, scales, Vector512.Create<float>(Biases.AsSpan(first + item))).CopyTo(scores[item..]);
        }
    }

    private int Position(int index, int dimension) =>
        (((index / TileItems * _groups) + (dimension / Group)) * GroupBytes) + (index % TileItems * Group) + (dimension % Group);
}
