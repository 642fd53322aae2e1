using System.IO.Compression;

namespace Personalization.Replay;

/// <summary>Where JSON lines go.</summary>
public static class JsonLinesFile
{
    /// <summary>What stands for standard output.</summary>
    public const string Standard = "-";

    private const string Partial = ".partial-";

    /// <summary>Writes a file that appears under its name only when it is whole; what <paramref name="write"/> leaves half done is removed.</summary>
    /// <param name="path">The file, packed when its name ends with <c>.gz</c>, or <see cref="Standard"/>.</param>
    /// <param name="write">Takes UTF-8; the stream is closed for it.</param>
    /// <typeparam name="T">Its result.</typeparam>
    /// <returns>The result.</returns>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static async Task<T> WriteWholeAsync<T>(string path, Func<Stream, Task<T>> write)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(write);
        if (path == Standard)
        {
            await using var output = Create(path);
            return await write(output);
        }

        // The name keeps its end, which says whether it is packed.
        var partial = Path.Combine(Path.GetDirectoryName(path) ?? string.Empty, Partial + Path.GetFileName(path));
        try
        {
            T result;
            await using (var output = Create(partial))
            {
                result = await write(output);
            }

            File.Move(partial, path, overwrite: true);
            return result;
        }
        finally
        {
            File.Delete(partial);
        }
    }

    /// <summary>Opens a file anew; it is packed when its name ends with <c>.gz</c>.</summary>
    /// <param name="path">The file, or <see cref="Standard"/>.</param>
    /// <returns>Takes UTF-8.</returns>
    public static Stream Create(string path) =>
        path == Standard ? Console.OpenStandardOutput()
        : path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(File.Create(path), CompressionLevel.Fastest)
        : File.Create(path);
}
