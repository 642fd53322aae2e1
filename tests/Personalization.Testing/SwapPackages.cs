namespace Personalization.Testing;

/// <summary>
/// A package as versions 1 and 2 of one name, and a broken version 3, in a folder of their own that goes with it. The second calls the items of the first by each
/// other's names, from the end: it answers the same question otherwise, and an answer that is of both is of neither.
/// </summary>
public sealed class SwapPackages : IDisposable
{
    /// <summary>Name of the copies.</summary>
    public const string Name = "online-retail";

    private readonly TemporaryDirectory _folder = new();

    /// <summary>Copies them.</summary>
    /// <param name="source">Folder of the package; default: the shipped one.</param>
    public SwapPackages(string? source = null)
    {
        source ??= Path.Combine(Repository.Root, "models", "packages", Name, "1");
        PackageCopy.Create(source, Root, Name, "1");
        var second = PackageCopy.Create(source, Root, Name, "2");
        PackageCopy.WriteItems(second, [.. PackageCopy.ReadItems(second).Reverse()]);
        File.WriteAllText(Path.Combine(PackageCopy.Create(source, Root, Name, "3"), "model.onnx"), "not a graph");
    }

    /// <summary>The folder, for <c>Inference:PackagesPath</c>.</summary>
    public string Root => _folder.Path;

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
