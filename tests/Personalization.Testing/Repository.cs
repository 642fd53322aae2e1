namespace Personalization.Testing;

/// <summary>Finds built programs in the repository.</summary>
public static class Repository
{
    /// <summary>The repository's root.</summary>
    public static string Root { get; } = FindRoot();

    private static string Configuration { get; } = AppContext.BaseDirectory.Contains(
        $"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Release" : "Debug";

    /// <summary>A program's assembly, built in the configuration of the tests.</summary>
    /// <param name="project">Folder of the project from the root, for instance <c>silo/Personalization.Silo</c>.</param>
    /// <returns>The path of its dll.</returns>
    public static string Program(string project) =>
        Path.Combine(Root, project, "bin", Configuration, "net10.0", Path.GetFileName(project) + ".dll");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Personalization.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("Personalization.sln was not found above the tests.");
    }
}
