namespace Personalization.Inference.Packages;

/// <summary>Tells whether a file is of the export that wrote <c>model.json</c>.</summary>
internal static class FileHash
{
    /// <summary>Compares.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sha256">The SHA-256 of what is in it.</param>
    /// <param name="expected">What <c>model.json</c> says, lower-case hex.</param>
    /// <exception cref="ModelPackageException">They differ.</exception>
    public static void Check(string path, byte[] sha256, string expected)
    {
        var hash = Convert.ToHexStringLower(sha256);
        if (!string.Equals(hash, expected, StringComparison.Ordinal))
        {
            throw new ModelPackageException(
                $"{path}: its SHA-256 is {hash}, but model.json says {expected}. The files are not of one export: copy the whole package again.");
        }
    }
}
