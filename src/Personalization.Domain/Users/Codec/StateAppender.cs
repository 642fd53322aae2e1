using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Personalization.Events;

namespace Personalization.Users;

/// <summary>
/// Appends to the stored form of a user without making a <see cref="UserState"/> of it. Nearly every batch goes on from the newest event in the same stream,
/// and then the stored bytes stay what they are, but for a few numbers in front and the new events behind. What it does is what <see cref="UserState.Apply"/>
/// does; whatever may be different is left to it. One per thread is kept.
/// </summary>
public sealed class StateAppender
{
    private const int LongestItemId = 256;

    [ThreadStatic]
    private static StateAppender? _own;

    private readonly UserTotals _totals = new();
    private readonly List<Range> _items = [];
    private readonly List<string> _newItems = [];
    private readonly List<long> _times = [];
    private readonly List<ulong> _newHashes = [];
    private readonly List<StoredEvent> _new = [];
    private readonly List<BehaviorEvent> _kept = [];
    private long _last;

    private StateAppender()
    {
    }

    /// <summary>
    /// Events that are stored beyond the sequence's capacity. A full sequence drops an event for each that comes, which would rewrite all of it each time:
    /// this is put off, and made up for by whoever reads it.
    /// </summary>
    /// <param name="capacity">Events the sequence holds.</param>
    /// <returns>How many.</returns>
    public static int SlackOf(int capacity) => capacity / 4;

    /// <summary>Appends a batch where that is possible.</summary>
    /// <param name="payload">What is stored.</param>
    /// <param name="batch">Events of this user.</param>
    /// <param name="limits">How much is kept.</param>
    /// <param name="kept">Receives the events that are new, in the order of the batch.</param>
    /// <param name="appended">What became of it.</param>
    /// <returns>False: the state has to be read, and nothing was done.</returns>
    /// <exception cref="InvalidDataException">The stored form is damaged.</exception>
    public static bool TryAppend(byte[] payload, EventBatch batch, UserLimits limits, ICollection<BehaviorEvent> kept, out StoredAppend appended)
    {
        ArgumentNullException.ThrowIfNull(payload);
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(kept);
        return (_own ??= new StateAppender()).TryAppendTo(payload, batch, limits, kept, out appended);
    }

    private bool TryAppendTo(byte[] payload, EventBatch batch, UserLimits limits, ICollection<BehaviorEvent> kept, out StoredAppend appended)
    {
        appended = default;
        _totals.Clear();
        _items.Clear();
        _times.Clear();
        if (!StateOutline.TryRead(payload, batch.Epoch, batch.Partition, _totals, _items, _times, out var outline)
            || outline.Hashes > limits.EventIdWindow
            || Judge(payload, outline, batch, limits) is not { } result)
        {
            return false;
        }

        _kept.ForEach(kept.Add);
        appended = new StoredAppend(_last == outline.Offset ? payload : Write(payload, outline, limits), result, _totals.LastSeen!.Value);
        return true;
    }

    // Finds out what becomes of each event; null: something may be different from what is looked at here.
    private AppendResult? Judge(ReadOnlySpan<byte> payload, in StateOutline outline, EventBatch batch, UserLimits limits)
    {
        _newHashes.Clear();
        _new.Clear();
        _kept.Clear();
        _last = outline.Offset;
        var (duplicates, newest) = (0, outline.Newest);
        foreach (var (offset, item) in batch.Events)
        {
            if (offset <= _last)
            {
                duplicates++;
                continue;
            }

            _last = offset;
            var hash = RecentEventIds.Hash(item.EventId);
            if (IsRemembered(hash, payload, outline, limits.EventIdWindow))
            {
                duplicates++;
                continue;
            }

            if (limits.EventIdWindow > 0)
            {
                _newHashes.Add(hash);
            }

            var at = new EventCursor(item.Timestamp.ToUnixTimeMilliseconds(), offset, 0);
            var isNewest = at.Milliseconds > newest.Milliseconds
                || (at.Milliseconds == newest.Milliseconds && newest.Stream == 0 && offset > newest.Offset);
            var hasRoom = _times.Count < limits.Capacity + SlackOf(limits.Capacity) && _newHashes.Count <= limits.EventIdWindow;
            if (!isNewest || !hasRoom || MayBeCapped(at.Milliseconds, limits.MaxEventsPerSecond) || item.ItemId.Length > LongestItemId)
            {
                return null;
            }

            _times.Add(at.Milliseconds);
            _new.Add(StoredEvent.Of(item, new StreamPosition(batch.Epoch, batch.Partition, offset)));
            _kept.Add(item);
            newest = at;
        }

        foreach (var item in _new)
        {
            _totals.Add(item.Type, item.Timestamp, item.Quantity, item.Price);
        }

        return new AppendResult(_new.Count, duplicates, 0);
    }

    private bool IsRemembered(ulong hash, ReadOnlySpan<byte> payload, in StateOutline outline, int window)
    {
        if (CollectionsMarshal.AsSpan(_newHashes).Contains(hash))
        {
            return true;
        }

        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, hash);
        var wanted = bytes[..UserStateCodec.HashSize];
        for (var i = Forgotten(outline, window); i < outline.Hashes; i++)
        {
            if (payload.Slice(outline.FirstHash + (i * UserStateCodec.HashSize), UserStateCodec.HashSize).SequenceEqual(wanted))
            {
                return true;
            }
        }

        return false;
    }

    private int Forgotten(in StateOutline outline, int window) => Math.Max(0, outline.Hashes + _newHashes.Count - window);

    // What is stored beyond the capacity can only make the time that is looked at a later one.
    private bool MayBeCapped(long milliseconds, int max) =>
        max > 0 && _times.Count >= max && milliseconds - _times[^max] < TimeSpan.MillisecondsPerSecond;

    private byte[] Write(ReadOnlySpan<byte> payload, in StateOutline outline, UserLimits limits)
    {
        var writer = StateWriter.Start();
        writer.Bytes(payload[..outline.BeforeOffset]);
        writer.Unsigned((ulong)_last);
        writer.Bytes(payload[outline.AfterOffset..outline.BeforeTotals]);
        UserStateCodec.WriteTotals(writer, _totals);
        var forgotten = Forgotten(outline, limits.EventIdWindow);
        writer.Unsigned((ulong)(outline.Hashes + _newHashes.Count - forgotten));
        writer.Bytes(payload[(outline.FirstHash + (forgotten * UserStateCodec.HashSize))..outline.AfterHashes]);
        foreach (var hash in _newHashes)
        {
            writer.Hash(hash, UserStateCodec.HashSize);
        }

        writer.Bytes(payload[outline.AfterHashes..outline.AfterChurn]);
        writer.Unsigned((ulong)(outline.Events + _new.Count));
        writer.Bytes(payload[outline.FirstEvent..]);
        _newItems.Clear();
        var before = outline.Newest;
        foreach (var item in _new)
        {
            before = SequenceCodec.WriteEvent(writer, before, item, stream: 0, NameOf(item.ItemId, payload));
        }

        return writer.Finish();
    }

    private int NameOf(string itemId, ReadOnlySpan<byte> payload)
    {
        Span<byte> bytes = stackalloc byte[3 * LongestItemId];
        var wanted = bytes[..Encoding.UTF8.GetBytes(itemId, bytes)];
        for (var i = 0; i < _items.Count; i++)
        {
            if (payload[_items[i]].SequenceEqual(wanted))
            {
                return i;
            }
        }

        var index = _newItems.IndexOf(itemId);
        if (index < 0)
        {
            _newItems.Add(itemId);
            return -1;
        }

        return _items.Count + index;
    }
}
