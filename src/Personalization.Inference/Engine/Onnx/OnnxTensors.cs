using Microsoft.ML.OnnxRuntime;

namespace Personalization.Inference.Engine;

/// <summary>ONNX Runtime's views of a worker's buffers in one shape. Disposing unpins them.</summary>
internal sealed class OnnxTensors : IDisposable
{
    /// <summary>Makes the views.</summary>
    /// <param name="buffers">The buffers.</param>
    /// <param name="batch">Rows.</param>
    /// <param name="length">Length of each.</param>
    /// <param name="allScores">Whether the scores of all items are wanted where the graph also chooses.</param>
    public OnnxTensors(BatchBuffers buffers, int batch, int length, bool allScores = true)
    {
        long[] window = [batch, length];
        long[] rows = [batch];
        Inputs =
        [
            Value(buffers.Items, window),
            Value(buffers.Actions, window),
            Value(buffers.Gaps, window),
            Value(buffers.Elapsed, rows),
            .. buffers.TotalCount == 0 ? [] : (OrtValue[])[Value(buffers.Totals, [batch, buffers.TotalCount])],
            .. buffers.TopCount == 0 ? [] : (OrtValue[])[Value(buffers.Eligible, [batch, buffers.Width])],
        ];
        InputNames = OnnxSignature.Inputs(buffers.TotalCount, buffers.TopCount > 0);
        long[] top = [batch, buffers.TopCount];
        (OutputNames, Outputs) = buffers.Width == 0
            ? (OnnxSignature.ServedWithVectors, [Value(buffers.Users, [batch, buffers.Dimension]), Value(buffers.Churn, rows)])
            : buffers.TopCount == 0 || allScores
                ? (OnnxSignature.Served(buffers.AreProbabilities), [Value(buffers.Scores, [batch, buffers.Width]), Value(buffers.Churn, rows)])
                : (OnnxSignature.ServedTop, (OrtValue[])[Value(buffers.TopItems, top), Value(buffers.TopScores, top), Value(buffers.LogSums, rows), Value(buffers.Churn, rows)]);
    }

    /// <summary>Names of <see cref="Inputs"/>.</summary>
    public string[] InputNames { get; }

    /// <summary>Values of the inputs.</summary>
    public OrtValue[] Inputs { get; }

    /// <summary>Names of <see cref="Outputs"/>.</summary>
    public string[] OutputNames { get; }

    /// <summary>Values of the outputs.</summary>
    public OrtValue[] Outputs { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var value in (ReadOnlySpan<OrtValue>)[.. Inputs, .. Outputs])
        {
            value.Dispose();
        }
    }

    private static OrtValue Value<T>(T[] buffer, long[] shape)
        where T : unmanaged
    {
        var size = shape.Aggregate(1L, (product, d) => product * d);
        return OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, buffer.AsMemory(0, checked((int)size)), shape);
    }
}
