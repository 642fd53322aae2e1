using Microsoft.ML.OnnxRuntime;
using Personalization.Inference.Packages;

namespace Personalization.Inference.Engine;

/// <summary>A graph in ONNX Runtime; one session that any number of slots run at the same time.</summary>
internal sealed class OnnxModelRunner : IModelRunner
{
    private readonly InferenceSession _session;
    private readonly ModelPackage _package;
    private readonly OrtMemoryInfo? _device;

    /// <summary>Opens a package's graph.</summary>
    /// <param name="package">The package.</param>
    /// <param name="options">Provider and threads.</param>
    /// <param name="device">The device's memory where runs are captured as CUDA graphs, owned; null: runs read and write the caller's.</param>
    /// <exception cref="ModelPackageException">The graph cannot be opened or is not of this signature.</exception>
    public OnnxModelRunner(ModelPackage package, SessionOptions options, OrtMemoryInfo? device = null)
    {
        (_package, _device) = (package, device);
        NativeHeap.KeepLargeBlocksApart();
        try
        {
            _session = new InferenceSession(package.GraphPath, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new ModelPackageException($"{package.GraphPath}: ONNX Runtime cannot open it: {e.Message} Export the graph again.", e);
        }

        try
        {
            OnnxSignature.Check(_session, package);
            ItemVectors = package.Vectors?.Vectors ?? ReadItemVectors();
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public float[] ItemVectors { get; }

    /// <inheritdoc/>
    public float[]? ItemBiases => _package.Vectors?.Biases;

    /// <inheritdoc/>
    public IModelSlot CreateSlot(int maxBatch)
    {
        var buffers = BuffersOf(maxBatch, _package.Manifest.MaxLength);
        return _device is null ? new OnnxModelSlot(_session, buffers) : new DeviceModelSlot(_session, buffers, _device, static (from, to) => OrtEnv.Instance().CopyTensors(from, to, null));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        _device?.Dispose();
        NativeHeap.Trim();
    }

    private BatchBuffers BuffersOf(int maxBatch, int maxLength)
    {
        var manifest = _package.Manifest;
        var (width, dimension) = manifest.HasVectors ? (0, manifest.Dimension) : (_package.Vocabulary.Width, 0);
        return new BatchBuffers(maxBatch, maxLength, width, dimension, manifest.Totals.Length, manifest.TopItems, manifest.GivesProbabilities);
    }

    private float[] ReadItemVectors()
    {
        // Of one event that is none: the vectors are the same whatever is asked.
        using var tensors = new OnnxTensors(BuffersOf(maxBatch: 1, maxLength: 1), batch: 1, length: 1);
        using var run = new RunOptions();
        if (_device is not null)
        {
            // Not a run to capture.
            run.AddRunConfigEntry("gpu_graph_id", "-1");
        }

        using var outputs = _session.Run(run, tensors.InputNames, tensors.Inputs, [OnnxSignature.ItemVectors]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
