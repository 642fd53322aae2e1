using System.Text.Json.Nodes;
using Personalization.Testing;

namespace Personalization.Inference.Tests.Support;

/// <summary>A root of packages that the test may spoil; removed at the end.</summary>
internal sealed class PackageFolder : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public string Root => _folder.Path;

    public string Copy(string version)
    {
        var folder = PackageCopy.Create(ShippedPackage.Path, Root, ShippedPackage.Name, version);

        // Tests put other graphs in.
        Edit(folder, manifest => manifest.Remove("graphSha256"));
        return folder;
    }

    /// <summary>The items by each other's names, from the end: the same questions have other answers.</summary>
    public string CopyReversed(string version)
    {
        var folder = Copy(version);
        PackageCopy.WriteItems(folder, [.. PackageCopy.ReadItems(folder).Reverse()]);
        return folder;
    }

    public static void Edit(string folder, Action<JsonObject> change) => PackageCopy.Edit(folder, change);

    public void Dispose() => _folder.Dispose();
}
