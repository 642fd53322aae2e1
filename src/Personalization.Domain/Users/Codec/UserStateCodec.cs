using Personalization.Events;

namespace Personalization.Users;

/// <summary>
/// The stored form of a <see cref="UserState"/>: a version byte, then base-128 integers. Events keep the difference to the one before, items and streams
/// are named once. A later release must go on reading every version that was ever written.
/// </summary>
public static class UserStateCodec
{
    /// <summary>The version that is written.</summary>
    public const byte CurrentVersion = 3;

    internal const int HashSize = 5;
    private const int FirstVersionsHashSize = 6;

    private static readonly EventType[] Types = Enum.GetValues<EventType>();

    /// <summary>Writes a state.</summary>
    /// <param name="state">The state.</param>
    /// <returns>The payload.</returns>
    public static byte[] Encode(UserState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var writer = StateWriter.Start();
        writer.Byte(CurrentVersion);
        var streams = new StreamTable();
        streams.Collect(state);
        streams.Write(writer);
        writer.Unsigned((ulong)state.Positions.Entries.Count);
        foreach (var entry in state.Positions.Entries)
        {
            writer.Unsigned((ulong)streams.IndexOf(entry));
            writer.Unsigned((ulong)entry.Offset);
        }

        writer.OptionalTime(state.ErasedAt);
        WriteTotals(writer, state.Totals);
        writer.Unsigned((ulong)state.EventIds.Count);
        foreach (var hash in state.EventIds.Hashes())
        {
            writer.Hash(hash, HashSize);
        }

        ChurnCodec.Write(writer, state.Churn);
        SequenceCodec.Write(writer, state.Sequence, streams);
        return writer.Finish();
    }

    /// <summary>Reads a state.</summary>
    /// <param name="payload">What <see cref="Encode"/> wrote; empty for a user nothing was stored of.</param>
    /// <param name="capacity">Events the sequence holds now; the newest are kept when it held more.</param>
    /// <param name="eventIdWindow">Event ids that are remembered now.</param>
    /// <returns>The state.</returns>
    /// <exception cref="UserStateVersionException">A newer release wrote it.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static UserState Decode(ReadOnlySpan<byte> payload, int capacity = 200, int eventIdWindow = 128)
    {
        var state = new UserState(capacity, eventIdWindow);
        if (payload.IsEmpty)
        {
            return state;
        }

        var reader = new StateReader(payload);
        var version = reader.Byte();
        if (version is 0 or > CurrentVersion)
        {
            throw new UserStateVersionException(
                $"The stored user has format version {version}; this release reads up to {CurrentVersion}. Update every silo before rolling on.");
        }

        var streams = StreamTable.Read(ref reader);
        ReadPositions(ref reader, state, streams);
        state.ErasedAt = reader.OptionalTime();
        ReadTotals(ref reader, state.Totals, version);
        var ids = reader.Count();
        state.EventIds.Reserve(ids);
        for (; ids > 0; ids--)
        {
            state.EventIds.Add(reader.Hash(version == 1 ? FirstVersionsHashSize : HashSize) & RecentEventIds.Mask);
        }

        state.Churn = ChurnCodec.Read(ref reader);
        SequenceCodec.Read(ref reader, state.Sequence, streams);
        return state;
    }

    private static void ReadPositions(ref StateReader reader, UserState state, StreamTable streams)
    {
        for (var left = reader.Count(); left > 0; left--)
        {
            state.Positions.AddOldest(streams.Position(reader.Index(streams.Count), (long)reader.Unsigned()));
        }
    }

    internal static void WriteTotals(StateWriter writer, UserTotals totals)
    {
        var present = 0;
        foreach (var type in Types)
        {
            present += totals[type] != 0 ? 1 : 0;
        }

        writer.Unsigned((ulong)present);
        foreach (var type in Types)
        {
            if (totals[type] != 0)
            {
                writer.Byte((byte)type);
                writer.Unsigned((ulong)totals[type]);
            }
        }

        writer.OptionalTime(totals.FirstSeen);
        writer.OptionalTime(totals.LastSeen);
        writer.OptionalTime(totals.FirstInterest);
        writer.Money(totals.Spend);
    }

    internal static void ReadTotals(ref StateReader reader, UserTotals totals, byte version = CurrentVersion)
    {
        for (var left = reader.Count(); left > 0; left--)
        {
            var type = reader.Byte();
            if (!Enum.IsDefined((EventType)type))
            {
                throw new InvalidDataException($"The user's state counts events of the unknown type {type}.");
            }

            totals[(EventType)type] = (long)reader.Unsigned();
        }

        totals.FirstSeen = reader.OptionalTime();
        totals.LastSeen = reader.OptionalTime();

        // Before the third version nobody knew: the first event of any kind.
        totals.FirstInterest = version >= 3 ? reader.OptionalTime() : Array.Exists(Types, type => type.IsInterest() && totals[type] > 0) ? totals.FirstSeen : null;
        totals.Spend = reader.Money();
    }
}
