using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.OnnxRuntime;

namespace Personalization.Benchmarks.Catalogue;

/// <summary>
/// What stock operators take: ONNX Runtime over a graph of two nodes, a product of shoppers' vectors and all items (<c>Gemm</c>, or <c>DynamicQuantizeMatMul</c> over
/// items of 8 bits with one scale for all) and <c>TopK</c>. It knows no eligible items, sums up nothing and scores nothing again. One thread.
/// </summary>
internal sealed class ProductGraph : IDisposable
{
    private const int Float = 1;
    private const int Int8 = 3;
    private const int Int64 = 7;
    private const int IrVersion = 8;
    private const int Opset = 17;
    private const string Contrib = "com.microsoft";

    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly int _dimension;

    /// <summary>Makes the graph.</summary>
    /// <param name="items">The items.</param>
    /// <param name="best">How many are chosen.</param>
    /// <param name="rounded">Whether the items are 8 bits.</param>
    public ProductGraph(SyntheticItems items, int best, bool rounded)
    {
        _dimension = items.Dimension;
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        _session = new InferenceSession(Model(items, best, rounded), options);
    }

    /// <summary>Finds the best items of some shoppers.</summary>
    /// <param name="users">Their vectors, row after row.</param>
    /// <returns>Rows of the items, best first, row after row.</returns>
    public long[] Run(float[] users)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(users, [users.Length / _dimension, _dimension]);
        using var outputs = _session.Run(_options, ["users"], [input], ["indices"]);
        return outputs[0].GetTensorDataAsSpan<long>().ToArray();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        _options.Dispose();
    }

    // Fields are numbered in onnx.proto.
    private static byte[] Model(SyntheticItems items, int best, bool rounded)
    {
        var count = items.Count + 1;
        var tensors = new List<byte[]> { Tensor("best", Int64, [1], MemoryMarshal.AsBytes<long>([best])) };
        byte[] product;
        if (rounded)
        {
            // By dimension, as the operator wants it; a step is worth the same for all.
            var scale = Math.Abs(TensorPrimitives.MaxMagnitude<float>(items.Vectors)) / sbyte.MaxValue;
            var bytes = new sbyte[items.Vectors.Length];
            for (var i = 0; i < bytes.Length; i++)
            {
                bytes[(i % items.Dimension * count) + (i / items.Dimension)] = (sbyte)MathF.Round(items.Vectors[i] / scale);
            }

            tensors.Add(Tensor("items", Int8, [items.Dimension, count], MemoryMarshal.AsBytes<sbyte>(bytes)));
            tensors.Add(Tensor("scale", Float, [], MemoryMarshal.AsBytes<float>([scale])));
            tensors.Add(Tensor("zero", Int8, [], [0]));
            product = Node("DynamicQuantizeMatMul", ["users", "items", "scale", "zero", "biases"], ["scores"], Contrib);
        }
        else
        {
            tensors.Add(Tensor("items", Float, [count, items.Dimension], MemoryMarshal.AsBytes<float>(items.Vectors)));
            product = Node("Gemm", ["users", "items", "biases"], ["scores"], "", Message((1, "transB"), (3, 1L), (20, 2L)));
        }

        tensors.Add(Tensor("biases", Float, [count], MemoryMarshal.AsBytes<float>(items.Biases)));
        var graph = Message([
            (1, product),
            (1, Node("TopK", ["scores", "best"], ["values", "indices"], "")),
            (2, "products"),
            .. tensors.Select(tensor => (5, (object)tensor)),
            (11, Value("users", Float, ["rows", (long)items.Dimension])),
            (12, Value("indices", Int64, ["rows", (long)best]))]);
        return Message((1, (long)IrVersion), (7, graph), (8, Message((1, ""), (2, (long)Opset))), (8, Message((1, Contrib), (2, 1L))));
    }

    private static byte[] Node(string type, string[] inputs, string[] outputs, string domain, params byte[][] attributes) => Message([
        .. inputs.Select(input => (1, (object)input)),
        .. outputs.Select(output => (2, (object)output)),
        (4, type),
        .. attributes.Select(attribute => (5, (object)attribute)),
        (7, domain)]);

    private static byte[] Tensor(string name, int type, long[] shape, ReadOnlySpan<byte> data) =>
        Message([.. shape.Select(length => (1, (object)length)), (2, (long)type), (8, name), (9, data.ToArray())]);

    private static byte[] Value(string name, int type, object[] shape) => Message(
        (1, name),
        (2, Message((1, Message((1, (long)type), (2, Message([.. shape.Select(length => (1, (object)Message((length is long ? 1 : 2, length))))])))))));

    // A message of protocol buffers: whole numbers, and texts, bytes and messages with their length.
    private static byte[] Message(params (int Field, object Value)[] fields)
    {
        using var message = new MemoryStream();
        using var writer = new BinaryWriter(message);
        foreach (var (field, value) in fields)
        {
            var bytes = value switch
            {
                string text => Encoding.UTF8.GetBytes(text),
                byte[] own => own,
                _ => null,
            };
            writer.Write7BitEncodedInt((field << 3) | (bytes is null ? 0 : 2));
            if (bytes is null)
            {
                writer.Write7BitEncodedInt64((long)value);
            }
            else
            {
                writer.Write7BitEncodedInt(bytes.Length);
                writer.Write(bytes);
            }
        }

        writer.Flush();
        return message.ToArray();
    }
}
