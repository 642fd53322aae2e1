namespace Personalization.Inference.Scoring;

/// <summary>
/// Vectors and biases of all items in the order in which a scan reads them: tiles of 16 items, so that a register holds a score of each and nothing is
/// summed across lanes. A score is the product of the shopper's vector and the item's, plus the item's bias. Immutable.
/// </summary>
internal abstract class ItemTiles
{
    /// <summary>Items of a tile.</summary>
    public const int TileItems = 16;

    /// <summary>Items of a block: what is scored at once for a row, small enough to stay in the processor's nearest caches for the next row.</summary>
    public const int BlockItems = 256;

    /// <summary>Shoppers that <see cref="ScoreFour"/> scores at once.</summary>
    public const int AtOnce = 4;

    /// <summary>Keeps the biases.</summary>
    /// <param name="biases">One for each index, padding first.</param>
    /// <param name="dimension">Length of a vector.</param>
    protected ItemTiles(float[] biases, int dimension)
    {
        (Count, Dimension) = (biases.Length, dimension);
        Biases = new float[RoundUp(Count, BlockItems)];
        biases.CopyTo(Biases, 0);

        // What is no item is never the best and adds nothing to a sum of exponentials.
        Biases[0] = float.NegativeInfinity;
        Biases.AsSpan(Count).Fill(float.NegativeInfinity);
    }

    /// <summary>Indices, with padding.</summary>
    public int Count { get; }

    /// <summary>Length of a vector.</summary>
    public int Dimension { get; }

    /// <summary>Whether scores are as good as the vectors; otherwise what is best has to be scored again.</summary>
    public abstract bool IsExact { get; }

    /// <summary>Memory of the tiles, bytes.</summary>
    public abstract long Bytes { get; }

    /// <summary>Blocks, the last one filled up with items of no meaning.</summary>
    public int Blocks => Biases.Length / BlockItems;

    /// <summary>Biases, filled up to whole blocks.</summary>
    protected float[] Biases { get; }

    /// <summary>Makes tiles: exact ones for a small catalogue, of bytes for a large one.</summary>
    /// <param name="vectors">Row after row, padding first.</param>
    /// <param name="biases">One for each row.</param>
    /// <param name="exactItems">Most items of a small catalogue.</param>
    /// <returns>The tiles.</returns>
    public static ItemTiles Create(float[] vectors, float[] biases, int exactItems)
    {
        var dimension = vectors.Length / biases.Length;
        return biases.Length - 1 <= exactItems ? new FloatTiles(vectors, biases, dimension) : new ByteTiles(vectors, biases, dimension);
    }

    /// <summary>Makes the shopper's vector ready for <see cref="Score"/>.</summary>
    /// <param name="user">The vector.</param>
    /// <param name="query">Gets it.</param>
    public abstract void Prepare(ReadOnlySpan<float> user, TileQuery query);

    /// <summary>Scores a block. The result does not depend on what else is scored.</summary>
    /// <param name="block">Which.</param>
    /// <param name="query">The shopper.</param>
    /// <param name="scores">Gets <see cref="BlockItems"/> scores.</param>
    /// <param name="isFirst">Whether no other shopper was just scored over the block, so that memory has to be read.</param>
    public abstract void Score(int block, TileQuery query, Span<float> scores, bool isFirst);

    /// <summary>Scores a block for four shoppers, who share what is read of it. Each gets what <see cref="Score"/> gives, bit for bit.</summary>
    /// <param name="block">Which.</param>
    /// <param name="queries">The shoppers.</param>
    /// <param name="scores">Gets <see cref="BlockItems"/> scores of each, one shopper after the other.</param>
    /// <param name="isFirst">Whether no other shopper was just scored over the block, so that memory has to be read.</param>
    public abstract void ScoreFour(int block, ReadOnlySpan<TileQuery> queries, Span<float> scores, bool isFirst);

    /// <summary>The next multiple.</summary>
    protected static int RoundUp(int value, int multiple) => checked((value + multiple - 1) / multiple * multiple);
}
