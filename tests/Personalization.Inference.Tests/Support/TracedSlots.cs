using System.Collections.Concurrent;
using Personalization.Inference.Engine;

namespace Personalization.Inference.Tests.Support;

/// <summary>A graph that tells which of its slots ran what on which thread.</summary>
/// <param name="inner">The graph; owned.</param>
internal sealed class TracedSlots(IModelRunner inner) : IModelRunner
{
    private int _slots;

    /// <summary>All runs so far, of each slot in the order of time.</summary>
    public ConcurrentQueue<Trace> Runs { get; } = [];

    public float[] ItemVectors => inner.ItemVectors;

    public float[]? ItemBiases => inner.ItemBiases;

    public IModelSlot CreateSlot(int maxBatch) => new Slot(this, _slots++, inner.CreateSlot(maxBatch));

    public void Dispose() => inner.Dispose();

    /// <summary>A run.</summary>
    public readonly record struct Trace(int Slot, int Thread, int Batch, int Length, bool AllScores);

    private sealed class Slot(TracedSlots owner, int number, IModelSlot inner) : IModelSlot
    {
        public BatchBuffers Buffers => inner.Buffers;

        public void Run(int batch, int length, bool allScores = true)
        {
            inner.Run(batch, length, allScores);
            owner.Runs.Enqueue(new Trace(number, Environment.CurrentManagedThreadId, batch, length, allScores));
        }

        public void Dispose() => inner.Dispose();
    }
}
