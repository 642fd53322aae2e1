using System.Text.Json;
using Personalization.Inference.Packages;

namespace Personalization.Inference.Tests.Support;

/// <summary>The package that the repository ships.</summary>
internal static class ShippedPackage
{
    public const string Name = "online-retail";

    public static string Root { get; } = FindRoot();

    public static string Path { get; } = System.IO.Path.Combine(Root, Name, "1");

    public static ModelPackage Load() => ModelPackageLoader.Load(Path);

    public static ParityFile ReadParity() => JsonSerializer.Deserialize<ParityFile>(
        File.ReadAllText(System.IO.Path.Combine(Path, "parity.json")), JsonSerializerOptions.Web)!;

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var root = System.IO.Path.Combine(folder.FullName, "models", "packages");
            if (Directory.Exists(root))
            {
                return root;
            }
        }

        throw new DirectoryNotFoundException("models/packages");
    }
}
