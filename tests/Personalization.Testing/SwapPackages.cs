using System.Text.Json.Nodes;

namespace Personalization.Testing;

/// <summary>A package twice, as versions 1 and 2 of one name, and a broken version 3, in a folder of their own that goes with it.</summary>
public sealed class SwapPackages : IDisposable
{
    /// <summary>Name of the copies.</summary>
    public const string Name = "online-retail";

    private readonly TemporaryDirectory _folder = new();
    private readonly string _source;

    /// <summary>Copies them.</summary>
    /// <param name="source">Folder of the package; default: the shipped one.</param>
    public SwapPackages(string? source = null)
    {
        _source = source ?? Path.Combine(Repository.Root, "models", "packages", Name, "1");
        Copy("1");
        Copy("2");
        Copy("3");
        File.WriteAllText(Path.Combine(Root, Name, "3", "model.onnx"), "not a graph");
    }

    /// <summary>The folder, for <c>Inference:PackagesPath</c>.</summary>
    public string Root => _folder.Path;

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private void Copy(string version)
    {
        var target = Directory.CreateDirectory(Path.Combine(Root, Name, version)).FullName;
        foreach (var file in Directory.EnumerateFiles(_source))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }

        var path = Path.Combine(target, "model.json");
        var manifest = JsonNode.Parse(File.ReadAllText(path))!;
        (manifest["name"], manifest["version"]) = (Name, version);
        File.WriteAllText(path, manifest.ToJsonString());
    }
}
