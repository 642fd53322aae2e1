using Microsoft.ML.OnnxRuntime;

namespace Personalization.Inference.Engine;

/// <summary>Runs a session over fixed buffers; the native views of each shape are made once and kept.</summary>
/// <param name="session">The session, owned by the runner.</param>
/// <param name="buffers">Inputs and outputs.</param>
internal sealed class OnnxModelSlot(InferenceSession session, BatchBuffers buffers) : IModelSlot
{
    private readonly RunOptions _options = new();
    private readonly Dictionary<(int Batch, int Length, bool AllScores), OnnxTensors> _shapes = [];

    /// <inheritdoc/>
    public BatchBuffers Buffers => buffers;

    /// <inheritdoc/>
    public void Run(int batch, int length, bool allScores = true)
    {
        if (!_shapes.TryGetValue((batch, length, allScores), out var tensors))
        {
            tensors = new OnnxTensors(buffers, batch, length, allScores);
            _shapes.Add((batch, length, allScores), tensors);
        }

        session.Run(_options, tensors.InputNames, tensors.Inputs, tensors.OutputNames, tensors.Outputs);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensors in _shapes.Values)
        {
            tensors.Dispose();
        }

        _shapes.Clear();
        _options.Dispose();
    }
}
