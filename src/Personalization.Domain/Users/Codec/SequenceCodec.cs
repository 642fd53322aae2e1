using Personalization.Events;

namespace Personalization.Users;

/// <summary>Events as differences to the one before: one head byte, time, item, offset, then quantity and price where known.</summary>
internal static class SequenceCodec
{
    private const int TypeMask = 0x0F;
    private const int HasQuantity = 0x10;
    private const int HasPrice = 0x20;
    private const int NewItem = 0x40;
    private const int OtherStream = 0x80;

    public static void Write(StateWriter writer, BehaviorSequence sequence, StreamTable streams)
    {
        var before = default(EventCursor);
        writer.Unsigned((ulong)sequence.Count);
        for (var i = 0; i < sequence.Count; i++)
        {
            var item = sequence[i];
            before = WriteEvent(writer, before, item, streams.IndexOf(item.Position), writer.IsNew(item.ItemId, out var number) ? -1 : number);
        }
    }

    /// <summary>Writes an event behind another one.</summary>
    /// <param name="writer">Where.</param>
    /// <param name="before">The event before; nothing for the first.</param>
    /// <param name="item">The event.</param>
    /// <param name="stream">Number of its stream.</param>
    /// <param name="name">Number of its item; -1: the item was not named yet.</param>
    /// <returns>When and where it was.</returns>
    public static EventCursor WriteEvent(StateWriter writer, EventCursor before, in StoredEvent item, int stream, int name)
    {
        var at = new EventCursor(item.Timestamp.ToUnixTimeMilliseconds(), item.Position.Offset, stream);
        writer.Byte((byte)((int)item.Type
            | (item.Quantity is null ? 0 : HasQuantity)
            | (item.Price is null ? 0 : HasPrice)
            | (name < 0 ? NewItem : 0)
            | (at.Stream == before.Stream ? 0 : OtherStream)));
        writer.Signed(at.Milliseconds - before.Milliseconds);
        if (name < 0)
        {
            writer.Text(item.ItemId);
        }
        else
        {
            writer.Unsigned((ulong)name);
        }

        if (at.Stream != before.Stream)
        {
            writer.Unsigned((ulong)at.Stream);
        }

        writer.Signed(at.Offset - before.Offset);
        if (item.Quantity is { } quantity)
        {
            writer.Signed(quantity);
        }

        if (item.Price is { } price)
        {
            writer.Money(price);
        }

        return at;
    }

    public static void Read(ref StateReader reader, BehaviorSequence sequence, StreamTable streams)
    {
        var items = new List<string>();
        var at = default(EventCursor);
        var left = reader.Count();
        sequence.Reserve(left);
        for (; left > 0; left--)
        {
            var head = reader.Byte();
            var type = TypeOf(head);
            var time = at.Milliseconds + reader.Signed();
            string itemId;
            if ((head & NewItem) != 0)
            {
                items.Add(itemId = reader.Text());
            }
            else
            {
                itemId = items[reader.Index(items.Count)];
            }

            at = ReadPlace(ref reader, head, at, time, streams.Count);
            int? quantity = (head & HasQuantity) == 0 ? null : reader.Int32();
            decimal? price = (head & HasPrice) == 0 ? null : reader.Money();
            sequence.Add(new StoredEvent(itemId, type, StateReader.ToTime(time), quantity, price, streams.Position(at.Stream, at.Offset)));
        }
    }

    /// <summary>Steps over the events; what is damaged is found as by reading them.</summary>
    /// <param name="reader">Stands behind their number.</param>
    /// <param name="count">Their number.</param>
    /// <param name="streams">Streams that the state names.</param>
    /// <param name="items">Receives where each item is named.</param>
    /// <param name="times">Receives their times.</param>
    /// <returns>The last one.</returns>
    public static EventCursor Skim(ref StateReader reader, int count, int streams, List<Range> items, List<long> times)
    {
        var at = default(EventCursor);
        for (; count > 0; count--)
        {
            var head = reader.Byte();
            TypeOf(head);
            var time = at.Milliseconds + reader.Signed();
            if ((head & NewItem) != 0)
            {
                var name = reader.Utf8();
                items.Add((reader.At - name.Length)..reader.At);
            }
            else
            {
                reader.Index(items.Count);
            }

            at = ReadPlace(ref reader, head, at, time, streams);
            times.Add(time);
            StateReader.ToTime(time);
            if ((head & HasQuantity) != 0)
            {
                reader.Int32();
            }

            if ((head & HasPrice) != 0)
            {
                reader.Money();
            }
        }

        return at;
    }

    private static EventType TypeOf(byte head)
    {
        var type = (EventType)(head & TypeMask);
        return Enum.IsDefined(type)
            ? type
            : throw new InvalidDataException($"The user's state holds an event of the unknown type {head & TypeMask}.");
    }

    private static EventCursor ReadPlace(ref StateReader reader, byte head, EventCursor before, long time, int streams)
    {
        var stream = (head & OtherStream) == 0 ? before.Stream : reader.Index(streams);
        return stream < streams
            ? new EventCursor(time, before.Offset + reader.Signed(), stream)
            : throw new InvalidDataException("The user's state holds an event of no stream.");
    }
}
