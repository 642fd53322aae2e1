using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Personalization.Inference.Packages;

/// <summary>
/// <c>item_vectors.bin</c>: for each index, padding first, the item's vector and then its bias, 32-bit little-endian floats. An item's score is the product of
/// the graph's <c>user</c> and the vector, plus the bias.
/// </summary>
/// <param name="Vectors">Row after row.</param>
/// <param name="Biases">One for each row.</param>
internal sealed record ItemVectorFile(float[] Vectors, float[] Biases)
{
    /// <summary>Reads the file and checks it against the manifest.</summary>
    /// <exception cref="ModelPackageException">It has another size or holds what is no number.</exception>
    public static ItemVectorFile Read(string path, ModelManifest manifest)
    {
        var (width, dimension) = (manifest.ItemCount + 1, manifest.Dimension);
        var expected = (long)width * (dimension + 1) * sizeof(float);
        using var stream = File.OpenRead(path);
        if (stream.Length != expected)
        {
            throw new ModelPackageException(
                $"{path}: has {stream.Length} bytes and must have {expected}: ({manifest.ItemCount} items + padding) x ({dimension} + bias) x 4. Export the package again.");
        }

        var file = new ItemVectorFile(new float[checked(width * dimension)], new float[width]);
        var row = new float[dimension + 1];
        for (var index = 0; index < width; index++)
        {
            stream.ReadExactly(MemoryMarshal.AsBytes(row.AsSpan()));
            if (!TensorPrimitives.IsFiniteAll<float>(row))
            {
                throw new ModelPackageException($"{path}: the vector of index {index} is not finite. Export the package again.");
            }

            row.AsSpan(0, dimension).CopyTo(file.Vectors.AsSpan(index * dimension));
            file.Biases[index] = row[dimension];
        }

        return file;
    }
}
