namespace Personalization.Inference.Scoring;

/// <summary>A shopper's vector as tiles read it; reused.</summary>
/// <param name="dimension">Length of the vector.</param>
internal sealed class TileQuery(int dimension)
{
    /// <summary>The vector.</summary>
    public float[] Values { get; } = new float[dimension];

    /// <summary>The vector in whole numbers, four to a word, filled up with zeros.</summary>
    public sbyte[] Bytes { get; } = new sbyte[(dimension + 3) / 4 * 4];

    /// <summary>What a step of <see cref="Bytes"/> is worth.</summary>
    public float Scale { get; set; }

    /// <summary>Sum of <see cref="Bytes"/>.</summary>
    public int Sum { get; set; }
}
