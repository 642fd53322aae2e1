using System.Text.Json.Nodes;

namespace Personalization.Inference.Tests.Support;

/// <summary>A root of packages that the test may spoil; removed at the end.</summary>
internal sealed class PackageFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("personalization-packages").FullName;

    public string Copy(string version)
    {
        var folder = Path.Combine(Root, ShippedPackage.Name, version);
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(ShippedPackage.Path))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        Edit(folder, manifest =>
        {
            manifest["version"] = version;

            // Tests put other graphs in.
            manifest.Remove("graphSha256");
        });
        return folder;
    }

    public static void Edit(string folder, Action<JsonObject> change)
    {
        var path = Path.Combine(folder, "model.json");
        var manifest = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(manifest);
        File.WriteAllText(path, manifest.ToJsonString());
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
