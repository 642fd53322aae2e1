using Personalization.Events;

namespace Personalization.Users;

/// <summary>The streams (epoch, partition) a state speaks of, so that an event names its stream with one small number or not at all.</summary>
internal sealed class StreamTable
{
    private readonly List<(string Epoch, int Partition)> _streams = [];

    public int Count => _streams.Count;

    public static StreamTable Read(ref StateReader reader)
    {
        var table = new StreamTable();
        for (var left = reader.Count(); left > 0; left--)
        {
            table._streams.Add((reader.Text(), reader.Int32()));
        }

        return table;
    }

    public void Collect(UserState state)
    {
        foreach (var entry in state.Positions.Entries)
        {
            Add(entry);
        }

        foreach (var item in state.Sequence)
        {
            Add(item.Position);
        }
    }

    public void Write(StateWriter writer)
    {
        writer.Unsigned((ulong)_streams.Count);
        foreach (var (epoch, partition) in _streams)
        {
            writer.Text(epoch);
            writer.Signed(partition);
        }
    }

    public StreamPosition Position(int index, long offset) => new(_streams[index].Epoch, _streams[index].Partition, offset);

    public int IndexOf(StreamPosition position)
    {
        for (var i = 0; i < _streams.Count; i++)
        {
            if (_streams[i].Partition == position.Partition && string.Equals(_streams[i].Epoch, position.Epoch, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return -1;
    }

    private void Add(StreamPosition position)
    {
        if (IndexOf(position) < 0)
        {
            _streams.Add((position.Epoch, position.Partition));
        }
    }
}
