using System.Security.Cryptography;

namespace Personalization.Inference.Packages;

/// <summary>Reads a package folder and checks everything that can be checked without running the graph.</summary>
internal static class ModelPackageLoader
{
    public const string GraphFile = "model.onnx";
    public const string ManifestFile = "model.json";
    public const string VocabularyFile = "items.txt";
    public const string VectorsFile = "item_vectors.bin";

    /// <summary>Reads a package.</summary>
    /// <param name="directory">Its folder, <c>.../name/version</c>.</param>
    /// <returns>The package.</returns>
    /// <exception cref="ModelPackageException">Something is wrong with it.</exception>
    public static ModelPackage Load(string directory)
    {
        if (!Directory.Exists(directory))
        {
            throw new ModelPackageException(
                $"{directory}: there is no such folder. Copy the package there, or set {InferenceOptions.Section}:PackagesPath.");
        }

        foreach (var file in (string[])[GraphFile, ManifestFile, VocabularyFile])
        {
            Require(directory, file);
        }

        try
        {
            var manifest = ManifestReader.Read(Path.Combine(directory, ManifestFile));
            CheckFolder(directory, manifest);
            CheckHash(Path.Combine(directory, GraphFile), manifest.GraphSha256);
            var vocabulary = Vocabulary.Read(Path.Combine(directory, VocabularyFile), manifest);
            if (!manifest.HasVectors)
            {
                return new ModelPackage(directory, manifest, vocabulary);
            }

            Require(directory, VectorsFile);
            CheckHash(Path.Combine(directory, VectorsFile), manifest.VectorsSha256);
            return new ModelPackage(directory, manifest, vocabulary, ItemVectorFile.Read(Path.Combine(directory, VectorsFile), manifest));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelPackageException($"{directory}: cannot be read: {e.Message}", e);
        }
    }

    private static void Require(string directory, string file)
    {
        if (!File.Exists(Path.Combine(directory, file)))
        {
            throw new ModelPackageException($"{directory}: file '{file}' is missing. Copy the whole package again.");
        }
    }

    // Indices that the files of another export give would name other items.
    private static void CheckHash(string path, string? expected)
    {
        if (expected is not null)
        {
            using var file = File.OpenRead(path);
            FileHash.Check(path, SHA256.HashData(file), expected);
        }
    }

    private static void CheckFolder(string directory, ModelManifest manifest)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        var version = Path.GetFileName(full);
        var name = Path.GetFileName(Path.GetDirectoryName(full) ?? "");
        if (!string.Equals(version, manifest.Version, StringComparison.Ordinal)
            || !string.Equals(name, manifest.Name, StringComparison.Ordinal))
        {
            throw new ModelPackageException(
                $"{directory}: model.json is of '{manifest.Name}/{manifest.Version}'. Name the folders after 'name' and 'version'.");
        }
    }
}
