using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Personalization.Events;

/// <summary>
/// A place in the stream. Its text form <c>{epoch}.{partition}.{offset}</c> is the public <i>version token</i>: an accepted event answers
/// with it, a read may ask for it with <c>minVersion</c>. A Kafka producer makes it from the delivery report and the topic's id.
/// </summary>
/// <param name="Epoch">Identity of the topic (its Kafka topic id in base64url): a recreated topic is another epoch. 1-64 of A-Z a-z 0-9 - _.</param>
/// <param name="Partition">Kafka partition, from 0.</param>
/// <param name="Offset">Kafka offset, from 0.</param>
[GenerateSerializer]
[Immutable]
[Alias("personalization.position")]
public readonly record struct StreamPosition(
    [property: Id(0)] string Epoch,
    [property: Id(1)] int Partition,
    [property: Id(2)] long Offset)
{
    /// <summary>The epoch of a topic that Kafka gave an id, in base64url without padding, as Kafka's own tools print it.</summary>
    /// <param name="mostSignificantBits">The id's first half.</param>
    /// <param name="leastSignificantBits">Its other half.</param>
    /// <returns>22 characters.</returns>
    public static string EpochOf(long mostSignificantBits, long leastSignificantBits)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, mostSignificantBits);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], leastSignificantBits);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads a version token.</summary>
    /// <param name="token">The token.</param>
    /// <param name="position">The position, when the token is well formed.</param>
    /// <returns>Whether the token is well formed.</returns>
    public static bool TryParse([NotNullWhen(true)] string? token, out StreamPosition position)
    {
        position = default;
        if (token is null || token.Length > 128)
        {
            return false;
        }

        var parts = token.Split('.');
        if (parts.Length != 3 || parts[0].Length is 0 or > 64 || !parts[0].All(IsEpochCharacter)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
            || !long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
        {
            return false;
        }

        position = new StreamPosition(parts[0], partition, offset);
        return true;
    }

    /// <summary>The version token.</summary>
    /// <returns>The text form.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch}.{Partition}.{Offset}");

    private static bool IsEpochCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_';
}
