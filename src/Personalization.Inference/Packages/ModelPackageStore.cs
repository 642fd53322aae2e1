using Personalization.Models;

namespace Personalization.Inference.Packages;

/// <summary>The packages on this machine: folders <c>root/name/version</c>.</summary>
/// <param name="root">The root folder; it need not exist.</param>
internal sealed class ModelPackageStore(string root)
{
    private const char VariantMark = '-';

    /// <summary>The root folder.</summary>
    public string Root { get; } = Resolve(root);

    /// <summary>All packages, by name, the oldest version first (numbers compare as numbers).</summary>
    /// <returns>Those that have a manifest; they are not read.</returns>
    public ModelRef[] List()
    {
        return
        [
            .. from name in Folders(Root)
               from version in Folders(name)

               // Training writes a package beside the others, under such a name, until it is whole.
               where !Path.GetFileName(version).StartsWith('.') && File.Exists(Path.Combine(version, ModelPackageLoader.ManifestFile))
               let model = new ModelRef(Path.GetFileName(name), Path.GetFileName(version))
               orderby model.Name, Order(model.Version)
               select model,
        ];

        static string Order(string version) =>
            string.Join('.', version.Split('.').Select(part => part.All(char.IsAsciiDigit) ? part.PadLeft(18, '0') : part));
    }

    /// <summary>The versions of a model that are no variants of another.</summary>
    /// <param name="name">Model name.</param>
    /// <param name="served">What other silos serve: this version, or the one that it is a variant of, stands before all others.</param>
    /// <returns>The newest first.</returns>
    public string[] Versions(string name, ModelRef? served = null)
    {
        var there = VersionsOf(name);
        var first = string.Equals(served?.Name, name, StringComparison.Ordinal) ? served!.Version : null;
        return
        [
            .. there.Where(version => !IsVariant(version, there))
                .Reverse()
                .OrderBy(version => first is null || (first != version && !(IsVariant(first, there) && first[..first.LastIndexOf(VariantMark)] == version))),
        ];
    }

    /// <summary>Names the package to load.</summary>
    /// <param name="name">Model name.</param>
    /// <param name="version">Version.</param>
    /// <param name="variant">Its variant, or null for the version itself.</param>
    /// <returns>The model.</returns>
    /// <exception cref="ModelPackageException">The version is not there in that variant.</exception>
    public ModelRef Resolve(string name, string version, string? variant = null)
    {
        if (variant is null)
        {
            return new ModelRef(name, version);
        }

        var chosen = $"{version}{VariantMark}{variant}";
        return VersionsOf(name).Contains(chosen, StringComparer.Ordinal)
            ? new ModelRef(name, chosen)
            : throw new ModelPackageException(
                $"{Path.Combine(Root, name, chosen)}: there is no such variant. Write it with 'personalization_models export … --variant {variant}', or change {InferenceOptions.Section}:Variant.");
    }

    /// <summary>Where a package lies.</summary>
    /// <param name="model">The package.</param>
    /// <returns>Its folder; it need not exist.</returns>
    /// <exception cref="ModelPackageException">The name or version is not a plain folder name.</exception>
    public string DirectoryOf(ModelRef model) =>
        IsFolderName(model.Name) && IsFolderName(model.Version)
            ? Path.Combine(Root, model.Name, model.Version)
            : throw new ModelPackageException($"'{model.Name}/{model.Version}' is not a model's name and version.");

    private string[] VersionsOf(string name) =>
        [.. List().Where(model => string.Equals(model.Name, name, StringComparison.Ordinal)).Select(model => model.Version)];

    // Somebody else may be copying packages here, or taking some away; and a volume has folders that are nobody's business.
    private static string[] Folders(string path)
    {
        try
        {
            return Directory.GetDirectories(path, "*", new EnumerationOptions { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.None });
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    // "1-int8" is a variant where there is a "1"; "2026-01-31" is a version.
    private static bool IsVariant(string version, string[] there) =>
        version.LastIndexOf(VariantMark) is > 0 and var at && there.Contains(version[..at], StringComparer.Ordinal);

    private static bool IsFolderName(string text) =>
        text.Length > 0 && text is not ("." or "..") && text.IndexOfAny(['/', '\\', '\0']) < 0;

    private static string Resolve(string root) =>
        Path.IsPathRooted(root) || Directory.Exists(root) ? Path.GetFullPath(root) : Path.Combine(AppContext.BaseDirectory, root);
}
