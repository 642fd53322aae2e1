using System.Globalization;
using System.Numerics;
using Microsoft.ML.OnnxRuntime;

namespace Personalization.Inference.Engine;

/// <summary>
/// Runs a session over tensors in the device's own memory, one set for each shape, at addresses that stay: what a CUDA graph needs, which is captured at a shape's
/// first run and replayed from then on. Numbers of rows are rounded up to powers of two, so that there are few graphs. Graphs belong to the thread
/// that captured them: one thread makes all runs, warm-up too.
/// </summary>
internal sealed class DeviceModelSlot : IModelSlot
{
    private const string GraphId = "gpu_graph_id";

    private static int _graphs;

    private readonly InferenceSession _session;
    private readonly OrtAllocator _allocator;
    private readonly Action<OrtValue[], OrtValue[]> _copy;
    private readonly Dictionary<(int Batch, int Length, bool AllScores), Shape> _shapes = [];

    /// <summary>Creates a slot.</summary>
    /// <param name="session">The session, owned by the runner.</param>
    /// <param name="buffers">Inputs and outputs of whoever fills and reads them.</param>
    /// <param name="device">The device's memory.</param>
    /// <param name="copy">Copies tensors, from and to.</param>
    public DeviceModelSlot(InferenceSession session, BatchBuffers buffers, OrtMemoryInfo device, Action<OrtValue[], OrtValue[]> copy)
    {
        (_session, Buffers, _copy) = (session, buffers, copy);
        _allocator = new OrtAllocator(session, device);
    }

    /// <inheritdoc/>
    public BatchBuffers Buffers { get; }

    /// <summary>Shapes that were run.</summary>
    public int Shapes => _shapes.Count;

    /// <inheritdoc/>
    public void Run(int batch, int length, bool allScores = true)
    {
        var rows = Math.Min((int)BitOperations.RoundUpToPowerOf2((uint)batch), Buffers.MaxBatch);
        if (!_shapes.TryGetValue((rows, length, allScores), out var shape))
        {
            shape = new Shape(_session, _allocator, Buffers, rows, length, allScores);
            _shapes.Add((rows, length, allScores), shape);
        }

        _copy(shape.Host.Inputs, shape.Inputs);
        shape.Run(_session);
        _copy(shape.Outputs, shape.Host.Outputs);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var shape in _shapes.Values)
        {
            shape.Dispose();
        }

        _shapes.Clear();
        _allocator.Dispose();
    }

    private sealed class Shape : IDisposable
    {
        private readonly RunOptions _options = new();
        private readonly OrtIoBinding _binding;

        public Shape(InferenceSession session, OrtAllocator allocator, BatchBuffers buffers, int batch, int length, bool allScores)
        {
            _options.AddRunConfigEntry(GraphId, Interlocked.Increment(ref _graphs).ToString(CultureInfo.InvariantCulture));
            Host = new OnnxTensors(buffers, batch, length, allScores);
            Inputs = Array.ConvertAll(Host.Inputs, Allocate);
            Outputs = Array.ConvertAll(Host.Outputs, Allocate);
            _binding = session.CreateIoBinding();
            for (var i = 0; i < Inputs.Length; i++)
            {
                _binding.BindInput(Host.InputNames[i], Inputs[i]);
            }

            for (var i = 0; i < Outputs.Length; i++)
            {
                _binding.BindOutput(Host.OutputNames[i], Outputs[i]);
            }

            OrtValue Allocate(OrtValue like)
            {
                var info = like.GetTensorTypeAndShape();
                return OrtValue.CreateAllocatedTensorValue(allocator, info.ElementDataType, info.Shape);
            }
        }

        public OnnxTensors Host { get; }

        public OrtValue[] Inputs { get; }

        public OrtValue[] Outputs { get; }

        public void Run(InferenceSession session) => session.RunWithBinding(_options, _binding);

        public void Dispose()
        {
            _binding.Dispose();
            foreach (var value in (ReadOnlySpan<OrtValue>)[.. Inputs, .. Outputs])
            {
                value.Dispose();
            }

            Host.Dispose();
            _options.Dispose();
        }
    }
}
