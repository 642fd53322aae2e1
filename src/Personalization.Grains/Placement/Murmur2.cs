using System.Buffers.Binary;

namespace Personalization.Placement;

/// <summary>The hash by which Kafka's Java clients, and librdkafka's <c>murmur2</c> partitioners, choose the partition of a key (Apache Kafka, <c>Utils.murmur2</c>).</summary>
internal static class Murmur2
{
    private const uint Seed = 0x9747b28c;
    private const uint Multiplier = 0x5bd1e995;

    /// <summary>The partition of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="partitions">Partitions of the topic.</param>
    /// <returns>The partition.</returns>
    public static int Partition(ReadOnlySpan<byte> key, int partitions) => (int)((Hash(key) & 0x7fffffff) % (uint)partitions);

    private static uint Hash(ReadOnlySpan<byte> data)
    {
        var hash = Seed ^ (uint)data.Length;
        for (; data.Length >= 4; data = data[4..])
        {
            var part = BinaryPrimitives.ReadUInt32LittleEndian(data) * Multiplier;
            part = (part ^ (part >> 24)) * Multiplier;
            hash = (hash * Multiplier) ^ part;
        }

        if (data.Length > 0)
        {
            uint rest = 0;
            for (var i = data.Length - 1; i >= 0; i--)
            {
                rest = (rest << 8) | data[i];
            }

            hash = (hash ^ rest) * Multiplier;
        }

        hash = (hash ^ (hash >> 13)) * Multiplier;
        return hash ^ (hash >> 15);
    }
}
