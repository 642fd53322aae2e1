using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Personalization.Users;

/// <summary>Writes the compact binary form: little endian, base-128 integers.</summary>
internal sealed class StateWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new(512);

    public void Byte(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
    }

    public void Unsigned(ulong value)
    {
        var span = _buffer.GetSpan(10);
        var length = 0;
        while (value >= 0x80)
        {
            span[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        span[length++] = (byte)value;
        _buffer.Advance(length);
    }

    public void Signed(long value) => Unsigned((ulong)((value << 1) ^ (value >> 63)));

    public void Time(DateTimeOffset value) => Signed(value.ToUnixTimeMilliseconds());

    /// <summary>A time that may be missing: 0, or 1 and the time.</summary>
    public void OptionalTime(DateTimeOffset? value)
    {
        Byte(value is null ? (byte)0 : (byte)1);
        if (value is { } time)
        {
            Time(time);
        }
    }

    public void Text(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        Unsigned((ulong)length);
        Encoding.UTF8.GetBytes(value, _buffer.GetSpan(length));
        _buffer.Advance(length);
    }

    public void Hash48(ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        _buffer.Write(bytes[..6]);
    }

    public void Double(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(_buffer.GetSpan(8), value);
        _buffer.Advance(8);
    }

    /// <summary>Two bits of scale, the rest the digits; what does not fit is written in full behind the mark 3.</summary>
    public void Money(decimal value)
    {
        Span<int> parts = stackalloc int[4];
        decimal.GetBits(value, parts);
        var scale = (parts[3] >> 16) & 0xFF;
        var digits = ((ulong)(uint)parts[1] << 32) | (uint)parts[0];
        if (parts[3] >= 0 && parts[2] == 0 && scale < 3 && digits < 1UL << 61)
        {
            Unsigned((digits << 2) | (uint)scale);
            return;
        }

        Unsigned(3);
        foreach (var part in parts)
        {
            BinaryPrimitives.WriteInt32LittleEndian(_buffer.GetSpan(4), part);
            _buffer.Advance(4);
        }
    }

    public byte[] ToArray() => _buffer.WrittenSpan.ToArray();
}
