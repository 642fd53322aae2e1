using System.Buffers.Binary;

namespace Personalization.Inference.Tests.Support;

/// <summary>
/// Writes graphs of a few nodes, for packages whose graph is wrong in one place. The numbers are those of the message fields in onnx.proto
/// (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
/// </summary>
internal sealed class SmallGraph
{
    public const int Float = 1;
    public const int Int32 = 6;
    public const int Int64 = 7;
    public const int Bool = 9;

    /// <summary>A dimension that is the same wherever it stands: the number of rows.</summary>
    public const int Rows = -1;

    /// <summary>A dimension that is the same wherever it stands: the length of a row.</summary>
    public const int Length = -2;

    private const int Varint = 0;
    private const int Bytes = 2;

    private readonly List<byte> _graph = [];
    private readonly string _churn;

    /// <summary>What every graph of two items and two dimensions has: its inputs and what it gives, all of it as long as the elapsed time is.</summary>
    /// <param name="itemsType">Type of the input <c>items</c>.</param>
    /// <param name="churn">Where the output <c>churn</c> comes from.</param>
    public SmallGraph(int itemsType = Int64, string churn = "elapsed")
    {
        Input("items", itemsType, Rows, Length).Input("actions", Int64, Rows, Length).Input("gaps", Int64, Rows, Length).Input("elapsed", Float, Rows);
        Tensor("last", [1], 1L).Tensor("dimensions", [1, 2], 1f, 1f).Tensor("width", [1, 3], 3f, 2f, 1f).Tensor("table", [3, 2], 0f, 0f, 1f, 0f, 0f, 1f);
        Node("Unsqueeze", "column", "elapsed", "last");
        Node("MatMul", "user", "column", "dimensions").Output("user", Float, Rows, 2);
        Node("MatMul", "scores", "column", "width").Output("scores", Float, Rows, 3);
        Node("Identity", "item_vectors", "table").Output("item_vectors", Float, 3, 2);
        _churn = churn;
    }

    public SmallGraph Input(string name, int type, params int[] shape) => Add(11, Value(name, type, shape));

    public SmallGraph Output(string name, int type, params int[] shape) => Add(12, Value(name, type, shape));

    public SmallGraph Node(string operation, string output, params string[] inputs) =>
        Add(1, [.. inputs.SelectMany(input => Text(1, input)), .. Text(2, output), .. Text(3, output), .. Text(4, operation)]);

    public SmallGraph Tensor(string name, int[] shape, params float[] values) => Tensor(name, shape, Float, values, BinaryPrimitives.WriteSingleLittleEndian, sizeof(float));

    public SmallGraph Tensor(string name, int[] shape, params long[] values) => Tensor(name, shape, Int64, values, BinaryPrimitives.WriteInt64LittleEndian, sizeof(long));

    /// <summary>Puts the graph into a copy of a package and makes the manifest one of two items and two dimensions.</summary>
    /// <param name="folder">The package.</param>
    public void WriteTo(string folder)
    {
        Node("Identity", "churn", _churn).Output("churn", Float, Rows);
        byte[] model = [.. Number(1, 8), .. Field(7, [.. _graph, .. Text(2, "small")]), .. Field(8, [.. Text(1, ""), .. Number(2, 13)])];
        File.WriteAllBytes(Path.Combine(folder, "model.onnx"), model);
        Testing.PackageCopy.WriteItems(folder, "a", "b");
        PackageFolder.Edit(folder, manifest =>
        {
            manifest["dimension"] = 2;
            manifest["signatureVersion"] = 1;
            manifest.Remove("scoring");
        });
    }

    private static byte[] Value(string name, int type, int[] shape)
    {
        byte[] dimensions = [.. shape.SelectMany(size => Field(1, size switch { Rows => Text(2, "rows"), Length => Text(2, "length"), _ => Number(1, (ulong)size) }))];
        return [.. Text(1, name), .. Field(2, Field(1, [.. Number(1, (ulong)type), .. Field(2, dimensions)]))];
    }

    private static byte[] Text(int field, string text) => Field(field, System.Text.Encoding.UTF8.GetBytes(text));

    private static byte[] Field(int field, byte[] content) => [.. Number((ulong)((field << 3) | Bytes)), .. Number((ulong)content.Length), .. content];

    private static byte[] Number(int field, ulong value) => [.. Number((ulong)((field << 3) | Varint)), .. Number(value)];

    private static byte[] Number(ulong value) => value < 0x80 ? [(byte)value] : [(byte)(value | 0x80), .. Number(value >> 7)];

    private SmallGraph Tensor<T>(string name, int[] shape, int type, T[] values, WriteNumber<T> write, int size)
    {
        var raw = new byte[values.Length * size];
        for (var i = 0; i < values.Length; i++)
        {
            write(raw.AsSpan(i * size), values[i]);
        }

        return Add(5, [.. shape.SelectMany(dimension => Number(1, (ulong)dimension)), .. Number(2, (ulong)type), .. Text(8, name), .. Field(9, raw)]);
    }

    private SmallGraph Add(int field, byte[] content)
    {
        _graph.AddRange(Field(field, content));
        return this;
    }

    private delegate void WriteNumber<T>(Span<byte> to, T value);
}
