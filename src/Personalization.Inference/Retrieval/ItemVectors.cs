using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Personalization.Inference.Retrieval;

/// <summary>Cosines over the model's item table. Immutable.</summary>
internal sealed class ItemVectors
{
    private const int SampledPairs = 20_000;
    private const double OutstandingShare = 0.99;

    private readonly float[] _table;
    private readonly float[] _inverseNorms;
    private readonly int _dimension;

    /// <summary>Measures a table.</summary>
    /// <param name="vectors">Row after row, padding first; kept, not copied.</param>
    /// <param name="dimension">Length of a row.</param>
    public ItemVectors(float[] vectors, int dimension)
    {
        (_dimension, _table) = (dimension, vectors);
        Count = vectors.Length / dimension;
        _inverseNorms = new float[Count];
        for (var index = 1; index < Count; index++)
        {
            var norm = TensorPrimitives.Norm(Row(index));
            _inverseNorms[index] = norm > 0 ? 1 / norm : 0;
        }

        Outstanding = SampleOutstanding();
    }

    /// <summary>Rows, with padding.</summary>
    public int Count { get; }

    /// <summary>A cosine that only 1 % of random pairs reach: from here on two items are close enough to explain one by the other.</summary>
    public float Outstanding { get; }

    /// <summary>Length of a row.</summary>
    public int Dimension => _dimension;

    /// <summary>Cosine of two items.</summary>
    public float Cosine(int a, int b) => Dot(Row(a), Row(b)) * _inverseNorms[a] * _inverseNorms[b];

    /// <summary>Cosine of one item with every index.</summary>
    /// <param name="index">The item.</param>
    /// <param name="cosines">Gets them.</param>
    public void Cosines(int index, Span<float> cosines)
    {
        for (var other = 0; other < Count; other++)
        {
            cosines[other] = Cosine(index, other);
        }
    }

    /// <summary>An item's vector.</summary>
    /// <param name="index">The item.</param>
    public ReadOnlySpan<float> Row(int index) => _table.AsSpan(index * _dimension, _dimension);

    /// <summary>What an item's vector is multiplied with to have length 1; 0 where it has none.</summary>
    /// <param name="index">The item.</param>
    public float InverseNorm(int index) => _inverseNorms[index];

    // For rows as short as these the library's takes several times as long.
    private static float Dot(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        if (left.Length % Vector512<float>.Count != 0 || left.Length != right.Length)
        {
            return TensorPrimitives.Dot(left, right);
        }

        var sum = Vector512<float>.Zero;
        ref var first = ref MemoryMarshal.GetReference(left);
        ref var second = ref MemoryMarshal.GetReference(right);
        for (nuint i = 0; i < (nuint)left.Length; i += (nuint)Vector512<float>.Count)
        {
            sum = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref first, i), Vector512.LoadUnsafe(ref second, i), sum);
        }

        return Vector512.Sum(sum);
    }

    private float SampleOutstanding()
    {
        if (Count < 3)
        {
            return 0;
        }

        // Two strides without a common divisor walk over pairs in a fixed pseudo-random order.
        var cosines = new float[SampledPairs];
        var items = (uint)(Count - 1);
        for (uint i = 0; i < SampledPairs; i++)
        {
            var a = (i * 2_654_435_761u) % items;
            var b = ((i * 2_246_822_519u) + 1) % items;
            cosines[i] = a == b ? 0 : Cosine((int)a + 1, (int)b + 1);
        }

        Array.Sort(cosines);
        return Math.Max(cosines[(int)(SampledPairs * OutstandingShare)], float.Epsilon);
    }
}
