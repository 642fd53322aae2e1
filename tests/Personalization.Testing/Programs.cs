namespace Personalization.Testing;

/// <summary>Programs that are installed on this machine.</summary>
public static class Programs
{
    /// <summary>Looks for a program in the folders of <c>PATH</c>.</summary>
    /// <param name="name">Its file name.</param>
    /// <returns>Its path, or null.</returns>
    public static string? OnPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
