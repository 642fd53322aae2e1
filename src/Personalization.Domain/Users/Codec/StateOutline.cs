using System.Text;

namespace Personalization.Users;

/// <summary>Where the parts of a stored state are, in bytes from its start, as far as an append has to know.</summary>
internal struct StateOutline
{
    /// <summary>Where the offset of the last applied event is.</summary>
    public int BeforeOffset;

    /// <summary>Behind it.</summary>
    public int AfterOffset;

    /// <summary>Where the sums are.</summary>
    public int BeforeTotals;

    /// <summary>Where the event ids are.</summary>
    public int FirstHash;

    /// <summary>Behind them.</summary>
    public int AfterHashes;

    /// <summary>Behind what is remembered about churn.</summary>
    public int AfterChurn;

    /// <summary>Where the events are, up to the end.</summary>
    public int FirstEvent;

    /// <summary>The offset of the last applied event.</summary>
    public long Offset;

    /// <summary>Number of event ids.</summary>
    public int Hashes;

    /// <summary>Number of events.</summary>
    public int Events;

    /// <summary>The newest event.</summary>
    public EventCursor Newest;

    /// <summary>Finds the parts of a state that was written last by the given stream, of a user who was neither erased nor warned.</summary>
    /// <param name="payload">What is stored.</param>
    /// <param name="epoch">Identity of the topic.</param>
    /// <param name="partition">Partition.</param>
    /// <param name="totals">Receives the sums.</param>
    /// <param name="items">Receives where each item is named.</param>
    /// <param name="times">Receives the times of the events.</param>
    /// <param name="outline">The parts.</param>
    /// <returns>False: it is another state.</returns>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static bool TryRead(
        ReadOnlySpan<byte> payload,
        string epoch,
        int partition,
        UserTotals totals,
        List<Range> items,
        List<long> times,
        out StateOutline outline)
    {
        outline = default;
        var reader = new StateReader(payload);
        if (payload.IsEmpty || reader.Byte() != UserStateCodec.CurrentVersion)
        {
            return false;
        }

        var streams = reader.Count();
        if (streams == 0 || !Ascii.Equals(reader.Utf8(), epoch) || reader.Int32() != partition)
        {
            return false;
        }

        for (var i = 1; i < streams; i++)
        {
            reader.Utf8();
            reader.Int32();
        }

        var positions = reader.Count();
        if (positions == 0 || reader.Index(streams) != 0)
        {
            return false;
        }

        outline.BeforeOffset = reader.At;
        outline.Offset = (long)reader.Unsigned();
        outline.AfterOffset = reader.At;
        for (var i = 1; i < positions; i++)
        {
            reader.Index(streams);
            reader.Unsigned();
        }

        if (reader.OptionalTime() is not null)
        {
            return false;
        }

        outline.BeforeTotals = reader.At;
        UserStateCodec.ReadTotals(ref reader, totals);
        outline.Hashes = reader.Count();
        outline.FirstHash = reader.At;
        reader.Take(outline.Hashes * UserStateCodec.HashSize);
        outline.AfterHashes = reader.At;
        if (!ChurnCodec.TrySkip(ref reader))
        {
            return false;
        }

        outline.AfterChurn = reader.At;
        outline.Events = reader.Count();
        outline.FirstEvent = reader.At;
        outline.Newest = SequenceCodec.Skim(ref reader, outline.Events, streams, items, times);
        return outline.Events > 0 && totals.LastSeen is not null && reader.At == payload.Length;
    }
}
