using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Personalization.Users;

/// <summary>Writes the compact binary form: little endian, base-128 integers. One per thread is kept, as every stored change of every shopper needs one.</summary>
internal sealed class StateWriter
{
    private const int KeptBytes = 64 * 1024;

    [ThreadStatic]
    private static StateWriter? _kept;

    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);
    private byte[] _buffer = new byte[1024];
    private int _length;

    /// <summary>An empty writer; <see cref="Finish"/> ends its use.</summary>
    public static StateWriter Start()
    {
        var writer = _kept ?? new StateWriter();
        _kept = null;
        writer._length = 0;
        writer._names.Clear();
        return writer;
    }

    /// <summary>What was written; the writer must not be used any more.</summary>
    public byte[] Finish()
    {
        var written = _buffer.AsSpan(0, _length).ToArray();
        _kept = _buffer.Length <= KeptBytes ? this : _kept;
        return written;
    }

    /// <summary>Names a text by a number where it was written before, otherwise gives it the next number.</summary>
    /// <returns>Whether it is new.</returns>
    public bool IsNew(string text, out int number)
    {
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_names, text, out var exists);
        number = exists ? known : known = _names.Count - 1;
        return !exists;
    }

    public void Byte(byte value) => Room(1)[0] = value;

    public void Bytes(ReadOnlySpan<byte> value) => value.CopyTo(Room(value.Length));

    public void Unsigned(ulong value)
    {
        while (value >= 0x80)
        {
            Byte((byte)(value | 0x80));
            value >>= 7;
        }

        Byte((byte)value);
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
        Encoding.UTF8.GetBytes(value, Room(length));
    }

    public void Hash(ulong value, int size)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        bytes[..size].CopyTo(Room(size));
    }

    public void Double(double value) => BinaryPrimitives.WriteDoubleLittleEndian(Room(8), value);

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
            BinaryPrimitives.WriteInt32LittleEndian(Room(4), part);
        }
    }

    private Span<byte> Room(int bytes)
    {
        if (_buffer.Length - _length < bytes)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + bytes));
        }

        var room = _buffer.AsSpan(_length, bytes);
        _length += bytes;
        return room;
    }
}
