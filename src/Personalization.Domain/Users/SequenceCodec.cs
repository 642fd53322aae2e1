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
        long time = 0, offset = 0;
        var stream = 0;
        writer.Unsigned((ulong)sequence.Count);
        for (var i = 0; i < sequence.Count; i++)
        {
            var item = sequence[i];
            var itsStream = streams.IndexOf(item.Position);
            var isNew = writer.IsNew(item.ItemId, out var name);
            writer.Byte((byte)((int)item.Type
                | (item.Quantity is null ? 0 : HasQuantity)
                | (item.Price is null ? 0 : HasPrice)
                | (isNew ? NewItem : 0)
                | (itsStream == stream ? 0 : OtherStream)));
            var itsTime = item.Timestamp.ToUnixTimeMilliseconds();
            writer.Signed(itsTime - time);
            if (isNew)
            {
                writer.Text(item.ItemId);
            }
            else
            {
                writer.Unsigned((ulong)name);
            }

            if (itsStream != stream)
            {
                writer.Unsigned((ulong)itsStream);
            }

            writer.Signed(item.Position.Offset - offset);
            if (item.Quantity is { } quantity)
            {
                writer.Signed(quantity);
            }

            if (item.Price is { } price)
            {
                writer.Money(price);
            }

            (time, offset, stream) = (itsTime, item.Position.Offset, itsStream);
        }
    }

    public static void Read(ref StateReader reader, BehaviorSequence sequence, StreamTable streams)
    {
        var items = new List<string>();
        long time = 0, offset = 0;
        var stream = 0;
        var left = reader.Count();
        sequence.Reserve(left);
        for (; left > 0; left--)
        {
            var head = reader.Byte();
            var type = (EventType)(head & TypeMask);
            if (!Enum.IsDefined(type))
            {
                throw new InvalidDataException($"The user's state holds an event of the unknown type {head & TypeMask}.");
            }

            time += reader.Signed();
            string itemId;
            if ((head & NewItem) != 0)
            {
                items.Add(itemId = reader.Text());
            }
            else
            {
                itemId = items[reader.Index(items.Count)];
            }

            stream = (head & OtherStream) == 0 ? stream : reader.Index(streams.Count);
            if (stream >= streams.Count)
            {
                throw new InvalidDataException("The user's state holds an event of no stream.");
            }

            offset += reader.Signed();
            int? quantity = (head & HasQuantity) == 0 ? null : reader.Int32();
            decimal? price = (head & HasPrice) == 0 ? null : reader.Money();
            sequence.Add(new StoredEvent(itemId, type, StateReader.ToTime(time), quantity, price, streams.Position(stream, offset)));
        }
    }
}
