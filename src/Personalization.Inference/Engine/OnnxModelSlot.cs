using Microsoft.ML.OnnxRuntime;

namespace Personalization.Inference.Engine;

/// <summary>Runs a session over fixed buffers; the native views of each shape are made once and kept.</summary>
/// <param name="session">The session, owned by the runner.</param>
/// <param name="buffers">Inputs and outputs.</param>
internal sealed class OnnxModelSlot(InferenceSession session, BatchBuffers buffers) : IModelSlot
{
    private readonly RunOptions _options = new();
    private readonly Dictionary<(int Batch, int Length), (OrtValue[] Inputs, OrtValue[] Outputs)> _shapes = [];

    /// <inheritdoc/>
    public BatchBuffers Buffers => buffers;

    /// <inheritdoc/>
    public void Run(int batch, int length)
    {
        if (!_shapes.TryGetValue((batch, length), out var shape))
        {
            shape = Bind(batch, length);
            _shapes.Add((batch, length), shape);
        }

        session.Run(_options, OnnxSignature.Inputs, shape.Inputs, buffers.Width > 0 ? OnnxSignature.Served : OnnxSignature.ServedWithVectors, shape.Outputs);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (inputs, outputs) in _shapes.Values)
        {
            foreach (var value in (ReadOnlySpan<OrtValue>)[.. inputs, .. outputs])
            {
                value.Dispose();
            }
        }

        _shapes.Clear();
        _options.Dispose();
    }

    private (OrtValue[] Inputs, OrtValue[] Outputs) Bind(int batch, int length)
    {
        long[] window = [batch, length];
        long[] rows = [batch];
        return (
            [
                Value(buffers.Items, window),
                Value(buffers.Actions, window),
                Value(buffers.Gaps, window),
                Value(buffers.Elapsed, rows),
            ],
            [buffers.Width > 0 ? Value(buffers.Scores, [batch, buffers.Width]) : Value(buffers.Users, [batch, buffers.Dimension]), Value(buffers.Churn, rows)]);
    }

    private static OrtValue Value<T>(T[] buffer, long[] shape)
        where T : unmanaged
    {
        var size = shape.Aggregate(1L, (product, d) => product * d);
        return OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, buffer.AsMemory(0, checked((int)size)), shape);
    }
}
