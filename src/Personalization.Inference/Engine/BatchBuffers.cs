namespace Personalization.Inference.Engine;

/// <summary>Inputs and outputs of one worker, allocated once at their largest, pinned for the native side. Row r of length L starts at r*L.</summary>
/// <param name="maxBatch">Most rows.</param>
/// <param name="maxLength">Longest row.</param>
/// <param name="width">Scores of a row: the items and padding; 0 where the graph gives none.</param>
/// <param name="dimension">Length of the shopper's vector; 0 where the graph gives scores.</param>
/// <param name="totals">Numbers of a shopper's whole life that the graph asks for; 0: it has no input for them.</param>
internal sealed class BatchBuffers(int maxBatch, int maxLength, int width, int dimension = 0, int totals = 0)
{
    public int MaxBatch { get; } = maxBatch;

    public int Width { get; } = width;

    public int Dimension { get; } = dimension;

    public int TotalCount { get; } = totals;

    public long[] Items { get; } = Pinned<long>(maxBatch * maxLength);

    public long[] Actions { get; } = Pinned<long>(maxBatch * maxLength);

    public long[] Gaps { get; } = Pinned<long>(maxBatch * maxLength);

    public float[] Elapsed { get; } = Pinned<float>(maxBatch);

    public float[] Totals { get; } = Pinned<float>(maxBatch * totals);

    public float[] Scores { get; } = Pinned<float>(checked(maxBatch * width));

    public float[] Users { get; } = Pinned<float>(checked(maxBatch * dimension));

    public float[] Churn { get; } = Pinned<float>(maxBatch);

    private static T[] Pinned<T>(int length) => GC.AllocateArray<T>(length, pinned: true);
}
