using Microsoft.ML.OnnxRuntime;
using Personalization.Inference.Packages;

namespace Personalization.Inference.Engine;

/// <summary>A graph in ONNX Runtime; one session that any number of slots run at the same time.</summary>
internal sealed class OnnxModelRunner : IModelRunner
{
    private readonly InferenceSession _session;
    private readonly int _maxLength;
    private readonly int _width;

    /// <summary>Opens a package's graph.</summary>
    /// <param name="package">The package.</param>
    /// <param name="options">Provider and threads.</param>
    /// <exception cref="ModelPackageException">The graph cannot be opened or is not of this signature.</exception>
    public OnnxModelRunner(ModelPackage package, SessionOptions options)
    {
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
            _maxLength = package.Manifest.MaxLength;
            _width = package.Vocabulary.Width;
            ItemVectors = ReadItemVectors();
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
    public IModelSlot CreateSlot(int maxBatch) => new OnnxModelSlot(_session, new BatchBuffers(maxBatch, _maxLength, _width));

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private float[] ReadItemVectors()
    {
        using var row = OrtValue.CreateTensorValueFromMemory(new long[1], [1, 1]);
        using var elapsed = OrtValue.CreateTensorValueFromMemory(new float[1], [1]);
        using var run = new RunOptions();
        using var outputs = _session.Run(run, OnnxSignature.Inputs, [row, row, row, elapsed], [OnnxSignature.ItemVectors]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
