using System.IO.Compression;
using System.Text;

namespace Personalization.Replay;

/// <summary>Files that were made elsewhere: packed or not, of text that should be UTF-8.</summary>
internal static class InputFile
{
    private const char Invalid = '\uFFFF';

    // What is not UTF-8 becomes a character that no text holds, so that its row can be told; U+FFFD may be the file's own.
    private static readonly Encoding Utf8 = Encoding.GetEncoding("utf-8", EncoderFallback.ExceptionFallback, new DecoderReplacementFallback(Invalid.ToString()));

    /// <summary>Whether a file is to be unpacked.</summary>
    /// <param name="path">The file.</param>
    public static bool IsPacked(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file; unpacked when its name ends with .gz.</param>
    /// <returns>Its bytes. One that is cut off throws <see cref="InvalidDataException"/> where it breaks off.</returns>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public static Stream Open(string path) =>
        IsPacked(path) ? new GZipStream(File.OpenRead(path), CompressionMode.Decompress) : File.OpenRead(path);

    /// <summary>Reads text, for <see cref="IsUtf8"/> to look at.</summary>
    /// <param name="file">The bytes; closed with the reader.</param>
    public static StreamReader Text(Stream file) => new(file, Utf8);

    /// <summary>Whether text was UTF-8 in the file.</summary>
    /// <param name="text">What <see cref="Text"/> made of it.</param>
    public static bool IsUtf8(string? text) => text is null || !text.Contains(Invalid);

    /// <summary>Says that text is not UTF-8: it is refused, as it would be stored as something else.</summary>
    /// <param name="place">Where it is.</param>
    public static InvalidDataException NotUtf8(string place) =>
        new($"{place} is not UTF-8. Convert the file to UTF-8 first, for instance with iconv -f latin1 -t utf-8.");
}
