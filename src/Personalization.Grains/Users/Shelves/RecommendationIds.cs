using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Personalization.Users;

/// <summary>
/// Ids of recommendations: UUIDs of version 7 (RFC 9562) as 32 hexadecimal digits, so they sort by time. What tells those of a millisecond apart is a number
/// of this process and a count, spread over all bits: they need not be secret, and <see cref="Guid.CreateVersion7()"/> asks the operating system for secret
/// bits each time, which a silo with too much to do has no time for.
/// </summary>
internal static class RecommendationIds
{
    private const ulong Version = 0x7000;
    private const ulong Variant = 0x8000_0000_0000_0000;

    // Odd, so that no count meets another one before all bits are used up; the fraction of the golden ratio, so that neighbours look different.
    private const ulong Spread = 0x9E37_79B9_7F4A_7C15;

    private static readonly ulong Process = BinaryPrimitives.ReadUInt64BigEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));
    private static ulong _count;

    /// <summary>Makes one.</summary>
    /// <param name="now">Real time.</param>
    /// <returns>The id.</returns>
    public static string New(DateTimeOffset now)
    {
        var number = Process + (Interlocked.Increment(ref _count) * Spread);
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, ((ulong)now.ToUnixTimeMilliseconds() << 16) | Version | (Process >> 52));
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Variant | (number & (Variant - 1) >> 1));
        return Convert.ToHexStringLower(bytes);
    }
}
