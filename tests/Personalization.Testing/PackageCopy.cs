using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Personalization.Testing;

/// <summary>Copies of model packages that tests may change.</summary>
public static class PackageCopy
{
    private const string Manifest = "model.json";
    private const string Vocabulary = "items.txt";

    /// <summary>Copies a package.</summary>
    /// <param name="source">Its folder.</param>
    /// <param name="root">Root of the packages that the copy belongs to.</param>
    /// <param name="name">Name of the copy.</param>
    /// <param name="version">Version of the copy.</param>
    /// <returns>Folder of the copy; its manifest has the name and the version.</returns>
    public static string Create(string source, string root, string name, string version)
    {
        var folder = Directory.CreateDirectory(Path.Combine(root, name, version)).FullName;
        foreach (var file in Directory.EnumerateFiles(source))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        Edit(folder, manifest => (manifest["name"], manifest["version"]) = (name, version));
        return folder;
    }

    /// <summary>Changes the manifest.</summary>
    /// <param name="folder">The package.</param>
    /// <param name="change">Gets it and changes it.</param>
    public static void Edit(string folder, Action<JsonObject> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        var path = Path.Combine(folder, Manifest);
        var manifest = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(manifest);
        File.WriteAllText(path, manifest.ToJsonString());
    }

    /// <summary>The items, in the order of their numbers.</summary>
    /// <param name="folder">The package.</param>
    /// <returns>Their ids.</returns>
    public static string[] ReadItems(string folder) => File.ReadAllLines(Path.Combine(folder, Vocabulary));

    /// <summary>Gives the graph's numbers to other items, as another export does; the manifest says so.</summary>
    /// <param name="folder">The package.</param>
    /// <param name="items">Their ids.</param>
    public static void WriteItems(string folder, params IReadOnlyCollection<string> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        var path = Path.Combine(folder, Vocabulary);
        File.WriteAllText(path, string.Concat(items.Select(item => item + "\n")));
        Edit(folder, manifest =>
        {
            manifest["itemCount"] = items.Count;
            manifest["vocabularySha256"] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
        });
    }
}
