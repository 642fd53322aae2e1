using System.Buffers.Binary;
using System.Text;

namespace Personalization.Users;

/// <summary>Reads what <see cref="StateWriter"/> wrote; throws <see cref="InvalidDataException"/> for anything else.</summary>
internal ref struct StateReader(ReadOnlySpan<byte> data)
{
    private readonly int _length = data.Length;
    private ReadOnlySpan<byte> _rest = data;

    /// <summary>Bytes that were read.</summary>
    public readonly int At => _length - _rest.Length;

    public byte Byte() => Take(1)[0];

    public ulong Unsigned()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Byte();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("The user's state holds a number that does not end.");
    }

    public long Signed()
    {
        var value = Unsigned();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public int Int32()
    {
        var value = Signed();
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : throw new InvalidDataException("The user's state holds a number that is too large.");
    }

    /// <summary>A number of things of which each takes at least one byte.</summary>
    public int Count()
    {
        var value = Unsigned();
        return value <= (ulong)_rest.Length
            ? (int)value
            : throw new InvalidDataException("The user's state counts more than it holds.");
    }

    public int Index(int count)
    {
        var value = Unsigned();
        return value < (ulong)count ? (int)value : throw new InvalidDataException("The user's state refers to what it does not hold.");
    }

    public DateTimeOffset Time() => ToTime(Signed());

    public DateTimeOffset? OptionalTime() => Byte() == 0 ? null : Time();

    public string Text() => Encoding.UTF8.GetString(Utf8());

    public ReadOnlySpan<byte> Utf8() => Take(Count());

    public ulong Hash(int size)
    {
        Span<byte> bytes = stackalloc byte[8];
        bytes.Clear();
        Take(size).CopyTo(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    public double Double() => BinaryPrimitives.ReadDoubleLittleEndian(Take(8));

    public decimal Money()
    {
        var value = Unsigned();
        var scale = (byte)(value & 3);
        if (scale < 3)
        {
            var digits = value >> 2;
            return new decimal((int)(uint)digits, (int)(uint)(digits >> 32), 0, false, scale);
        }

        Span<int> parts = stackalloc int[4];
        foreach (ref var part in parts)
        {
            part = BinaryPrimitives.ReadInt32LittleEndian(Take(4));
        }

        try
        {
            return new decimal(parts);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException("The user's state holds a price that is none.", e);
        }
    }

    public static DateTimeOffset ToTime(long milliseconds)
    {
        try
        {
            return DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new InvalidDataException("The user's state holds a time that is none.", e);
        }
    }

    public ReadOnlySpan<byte> Take(int length)
    {
        if (length > _rest.Length)
        {
            throw new InvalidDataException("The user's state is cut off.");
        }

        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
