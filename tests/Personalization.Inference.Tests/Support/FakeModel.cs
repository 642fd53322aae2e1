using System.Collections.Frozen;
using Personalization.Inference.Engine;
using Personalization.Inference.Packages;

namespace Personalization.Inference.Tests.Support;

/// <summary>A graph that records its runs, of any number of threads, and scores by a function; by default the lower index is the better item.</summary>
/// <param name="items">Items it knows.</param>
/// <param name="maxLength">Longest input.</param>
/// <param name="totals">Numbers of the whole life that it asks for.</param>
/// <param name="top">How many of the best items it chooses; 0: it scores all.</param>
/// <param name="probabilities">Whether it says how likely an item is, up to a factor, instead of giving a score.</param>
internal sealed class FakeModel(int items = 10, int maxLength = 50, LifeTotal[]? totals = null, int top = 0, bool probabilities = false) : IModelRunner
{
    public ModelPackage Package { get; } = new(
        "fake",
        new ModelManifest(
            "fake",
            "1",
            new string('0', 64),
            items,
            2,
            maxLength,
            new Dictionary<string, int> { ["other"] = 1, ["purchase"] = 2, ["add_to_cart"] = 3 }.ToFrozenDictionary(),
            [60, 3_600],
            new ChurnCalibration(90, 0.6, 0.8),
            HasVectors: false,
            totals ?? [],
            top,
            probabilities),
        new Vocabulary([.. Enumerable.Range(1, items).Select(i => $"i{i}")]));

    /// <summary>Rows and length of each run, with the newest item of each row.</summary>
    public List<(int Length, long[] Newest)> Runs { get; } = [];

    /// <summary>Of each run, whether the scores of all items were asked for.</summary>
    public List<bool> AllScores { get; } = [];

    public Action<long[]>? BeforeRun { get; set; }

    /// <summary>Called in place of the time that a run of so many rows of such a length takes.</summary>
    public Action<int, int>? Running { get; set; }

    public Func<long, float> ChurnOf { get; set; } = _ => 0.5f;

    public float[] ItemVectors { get; } = new float[(items + 1) * 2];

    public float[]? ItemBiases => null;

    public IModelSlot CreateSlot(int maxBatch) => new Slot(this, new BatchBuffers(maxBatch, maxLength, items + 1, totals: Package.Manifest.Totals.Length, top: top, probabilities: probabilities));

    public void Dispose()
    {
    }

    private void Run(BatchBuffers buffers, int batch, int length, bool allScores)
    {
        long[] newest = [.. Enumerable.Range(0, batch).Select(row => buffers.Items[(row * length) + length - 1])];
        BeforeRun?.Invoke(newest);
        Running?.Invoke(batch, length);
        lock (Runs)
        {
            Runs.Add((length, newest));
            AllScores.Add(allScores);
        }

        for (var row = 0; row < batch; row++)
        {
            buffers.Churn[row] = ChurnOf(newest[row]);
            if (top > 0 && !allScores)
            {
                Choose(buffers, row);
                continue;
            }

            for (var index = 0; index <= items; index++)
            {
                buffers.Scores[(row * (items + 1)) + index] = probabilities ? 2 * MathF.Exp(-index) : -index;
            }
        }
    }

    private void Choose(BatchBuffers buffers, int row)
    {
        int[] best = [.. Enumerable.Range(0, items + 1).OrderBy(index => !buffers.Eligible[(row * (items + 1)) + index]).Take(top)];
        for (var i = 0; i < top; i++)
        {
            var eligible = buffers.Eligible[(row * (items + 1)) + best[i]];
            (buffers.TopItems[(row * top) + i], buffers.TopScores[(row * top) + i]) = (best[i], eligible ? -best[i] : float.NegativeInfinity);
        }

        buffers.LogSums[row] = MathF.Log(Enumerable.Range(1, items).Sum(index => MathF.Exp(-index)));
    }

    private sealed class Slot(FakeModel model, BatchBuffers buffers) : IModelSlot
    {
        public BatchBuffers Buffers => buffers;

        public void Run(int batch, int length, bool allScores = true) => model.Run(buffers, batch, length, allScores);

        public void Dispose()
        {
        }
    }
}
