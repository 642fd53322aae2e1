namespace Personalization.Inference.Engine;

/// <summary>Inputs and outputs of one worker, allocated once at their largest, pinned for the native side. Row r of length L starts at r*L.</summary>
/// <param name="maxBatch">Most rows.</param>
/// <param name="maxLength">Longest row.</param>
/// <param name="width">Scores of a row: the items and padding; 0 where the graph gives none.</param>
/// <param name="dimension">Length of the shopper's vector; 0 where the graph gives scores.</param>
/// <param name="totals">Numbers of a shopper's whole life that the graph asks for; 0: it has no input for them.</param>
/// <param name="top">Items of a row that the graph chooses; 0: it has neither input nor outputs for that.</param>
/// <param name="probabilities">Whether a score is how likely the item is, up to a factor of the row, rather than the logarithm of that.</param>
internal sealed class BatchBuffers(int maxBatch, int maxLength, int width, int dimension = 0, int totals = 0, int top = 0, bool probabilities = false)
{
    public int MaxBatch { get; } = maxBatch;

    public int Width { get; } = width;

    public int Dimension { get; } = dimension;

    public int TotalCount { get; } = totals;

    public int TopCount { get; } = top;

    public bool AreProbabilities { get; } = probabilities;

    public long[] Items { get; } = Pinned<long>(maxBatch * maxLength);

    public long[] Actions { get; } = Pinned<long>(maxBatch * maxLength);

    public long[] Gaps { get; } = Pinned<long>(maxBatch * maxLength);

    public float[] Elapsed { get; } = Pinned<float>(maxBatch);

    public float[] Totals { get; } = Pinned<float>(maxBatch * totals);

    public bool[] Eligible { get; } = Pinned<bool>(top == 0 ? 0 : checked(maxBatch * width));

    public float[] Scores { get; } = Pinned<float>(checked(maxBatch * width));

    public float[] Users { get; } = Pinned<float>(checked(maxBatch * dimension));

    public float[] Churn { get; } = Pinned<float>(maxBatch);

    public long[] TopItems { get; } = Pinned<long>(maxBatch * top);

    public float[] TopScores { get; } = Pinned<float>(maxBatch * top);

    public float[] LogSums { get; } = Pinned<float>(top == 0 ? 0 : maxBatch);

    private static T[] Pinned<T>(int length) => GC.AllocateArray<T>(length, pinned: true);
}
