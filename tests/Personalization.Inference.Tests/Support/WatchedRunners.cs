using Personalization.Inference.Engine;
using Personalization.Inference.Packages;
using Personalization.Models;

namespace Personalization.Inference.Tests.Support;

/// <summary>Real sessions that say whether they were freed and whether anybody ran them afterwards.</summary>
internal sealed class WatchedRunners(IModelRunnerFactory inner) : IModelRunnerFactory
{
    private int _opened;
    private int _disposed;
    private int _usedAfterwards;

    public int Opened => _opened;

    public int Disposed => _disposed;

    public int UsedAfterwards => _usedAfterwards;

    /// <summary>Called before each run, with the model that runs.</summary>
    public Action<ModelRef>? BeforeRun { get; set; }

    /// <summary>Called after each run, with the model that ran and its buffers.</summary>
    public Action<ModelRef, BatchBuffers>? AfterRun { get; set; }

    public string Provider => inner.Provider;

    public IModelRunner Open(ModelPackage package)
    {
        Interlocked.Increment(ref _opened);
        return new Runner(this, package.Ref, inner.Open(package));
    }

    private sealed class Runner(WatchedRunners owner, ModelRef model, IModelRunner inner) : IModelRunner
    {
        private volatile bool _disposed;

        private WatchedRunners Owner => owner;

        private ModelRef Model => model;

        public float[] ItemVectors => inner.ItemVectors;

        public float[]? ItemBiases => inner.ItemBiases;

        public IModelSlot CreateSlot(int maxBatch) => new Slot(this, inner.CreateSlot(maxBatch));

        public void Dispose()
        {
            _disposed = true;
            inner.Dispose();
            Interlocked.Increment(ref owner._disposed);
        }

        private sealed class Slot(Runner runner, IModelSlot inner) : IModelSlot
        {
            public BatchBuffers Buffers => inner.Buffers;

            public void Run(int batch, int length, bool allScores = true)
            {
                if (runner._disposed)
                {
                    Interlocked.Increment(ref runner.Owner._usedAfterwards);
                }

                runner.Owner.BeforeRun?.Invoke(runner.Model);
                inner.Run(batch, length, allScores);
                runner.Owner.AfterRun?.Invoke(runner.Model, inner.Buffers);
            }

            public void Dispose() => inner.Dispose();
        }
    }
}
