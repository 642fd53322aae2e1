using Confluent.Kafka;

namespace Personalization.Ingestion.Tests;

internal sealed class RawBytes : ISerializer<byte[]?>, IDeserializer<byte[]?>
{
    public static readonly RawBytes Instance = new();

    public byte[]? Serialize(byte[]? data, SerializationContext context) => data;

    public byte[]? Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context) => isNull ? null : data.ToArray();
}
