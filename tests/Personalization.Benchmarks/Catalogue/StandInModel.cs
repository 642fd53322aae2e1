using System.Collections.Frozen;
using Personalization.Inference.Engine;
using Personalization.Inference.Packages;

namespace Personalization.Benchmarks.Catalogue;

/// <summary>A package whose graph costs next to nothing: a shopper's vector is the mean of the items. What the engine then takes is the scoring.</summary>
/// <param name="items">The items.</param>
internal sealed class StandInModel(SyntheticItems items) : IModelRunner
{
    private const int MaxLength = 16;

    /// <summary>The package.</summary>
    public ModelPackage Package { get; } = new(
        "stand-in",
        new ModelManifest(
            "stand-in",
            "1",
            new string('0', 64),
            items.Count,
            items.Dimension,
            MaxLength,
            new Dictionary<string, int> { [ModelManifest.OtherAction] = 1 }.ToFrozenDictionary(),
            [60],
            new ChurnCalibration(90, 0.6, 0.8),
            HasVectors: true,
            []),
        new Vocabulary([.. Enumerable.Range(1, items.Count).Select(IdOf)]));

    /// <inheritdoc/>
    public float[] ItemVectors => items.Vectors;

    /// <inheritdoc/>
    public float[]? ItemBiases => items.Biases;

    /// <summary>Id of an index.</summary>
    public static string IdOf(int index) => $"i{index}";

    /// <inheritdoc/>
    public IModelSlot CreateSlot(int maxBatch) => new Slot(items, new BatchBuffers(maxBatch, MaxLength, 0, items.Dimension));

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Slot(SyntheticItems items, BatchBuffers buffers) : IModelSlot
    {
        private readonly int[] _history = new int[MaxLength];

        public BatchBuffers Buffers => buffers;

        public void Run(int batch, int length, bool allScores = true)
        {
            for (var row = 0; row < batch; row++)
            {
                var count = 0;
                foreach (var index in buffers.Items.AsSpan(row * length, length))
                {
                    if (index != 0)
                    {
                        _history[count++] = (int)index;
                    }
                }

                var user = buffers.Users.AsSpan(row * buffers.Dimension, buffers.Dimension);
                user.Clear();
                if (count > 0)
                {
                    items.Embed(_history.AsSpan(0, count), user);
                }

                buffers.Churn[row] = 0.5f;
            }
        }

        public void Dispose()
        {
        }
    }
}
