using System.Globalization;
using System.Security.Cryptography;

namespace Personalization.Replay;

/// <summary>Tells whether a file is the one that was begun.</summary>
public static class FileIdentity
{
    private const int SampleBytes = 1 << 20;

    /// <summary>Length and contents of the first and the last MiB: quick for any size, the same wherever the file lies.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>16 characters of hexadecimal.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static async Task<string> OfAsync(string path, CancellationToken cancellationToken = default)
    {
        await using var file = File.OpenRead(path);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.ASCII.GetBytes(file.Length.ToString(CultureInfo.InvariantCulture)));
        var sample = new byte[SampleBytes];
        hash.AppendData(sample, 0, await file.ReadAtLeastAsync(sample, sample.Length, throwOnEndOfStream: false, cancellationToken));
        file.Position = Math.Max(0, file.Length - SampleBytes);
        hash.AppendData(sample, 0, await file.ReadAtLeastAsync(sample, sample.Length, throwOnEndOfStream: false, cancellationToken));
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }
}
