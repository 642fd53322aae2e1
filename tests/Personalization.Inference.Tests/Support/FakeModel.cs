using System.Collections.Frozen;
using Personalization.Inference.Engine;
using Personalization.Inference.Packages;

namespace Personalization.Inference.Tests.Support;

/// <summary>A graph that records its runs and scores by a function; by default the lower index is the better item.</summary>
internal sealed class FakeModel(int items = 10, int maxLength = 50, LifeTotal[]? totals = null) : IModelRunner
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
            new ChurnCalibration(90, 0.5, 0.6, 0.8),
            HasVectors: false,
            totals ?? []),
        new Vocabulary([.. Enumerable.Range(1, items).Select(i => $"i{i}")]));

    /// <summary>Rows and length of each run, with the newest item of each row.</summary>
    public List<(int Length, long[] Newest)> Runs { get; } = [];

    public Action<long[]>? BeforeRun { get; set; }

    /// <summary>Called in place of the time that a run of so many rows of such a length takes.</summary>
    public Action<int, int>? Running { get; set; }

    public Func<long, float> ChurnOf { get; set; } = _ => 0.5f;

    public float[] ItemVectors { get; } = new float[(items + 1) * 2];

    public float[]? ItemBiases => null;

    public IModelSlot CreateSlot(int maxBatch) => new Slot(this, new BatchBuffers(maxBatch, maxLength, items + 1, totals: Package.Manifest.Totals.Length));

    public void Dispose()
    {
    }

    private void Run(BatchBuffers buffers, int batch, int length)
    {
        long[] newest = [.. Enumerable.Range(0, batch).Select(row => buffers.Items[(row * length) + length - 1])];
        BeforeRun?.Invoke(newest);
        Running?.Invoke(batch, length);
        Runs.Add((length, newest));
        for (var row = 0; row < batch; row++)
        {
            for (var index = 0; index <= items; index++)
            {
                buffers.Scores[(row * (items + 1)) + index] = -index;
            }

            buffers.Churn[row] = ChurnOf(newest[row]);
        }
    }

    private sealed class Slot(FakeModel model, BatchBuffers buffers) : IModelSlot
    {
        public BatchBuffers Buffers => buffers;

        public void Run(int batch, int length) => model.Run(buffers, batch, length);

        public void Dispose()
        {
        }
    }
}
