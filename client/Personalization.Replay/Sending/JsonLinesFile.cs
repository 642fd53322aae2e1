using System.IO.Compression;

namespace Personalization.Replay;

/// <summary>Where JSON lines go.</summary>
public static class JsonLinesFile
{
    /// <summary>What stands for standard output.</summary>
    public const string Standard = "-";

    /// <summary>Opens a file anew; it is packed when its name ends with <c>.gz</c>.</summary>
    /// <param name="path">The file, or <see cref="Standard"/>.</param>
    /// <returns>Takes UTF-8.</returns>
    public static Stream Create(string path) =>
        path == Standard ? Console.OpenStandardOutput()
        : path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(File.Create(path), CompressionLevel.Fastest)
        : File.Create(path);
}
