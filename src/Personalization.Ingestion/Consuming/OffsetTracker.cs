using System.Numerics;

namespace Personalization.Ingestion;

/// <summary>
/// Knows up to where everything of one partition is done, although it is done in any order. Offsets are tracked rising; holes in the log
/// (compaction, transaction markers) are no obstacle. Thread-safe.
/// </summary>
internal sealed class OffsetTracker
{
    private readonly Lock _lock = new();
    private long[] _offsets = new long[64];
    private bool[] _done = new bool[64];
    private int _head;
    private int _count;
    private long _next = -1;
    private long _last = -1;

    /// <summary>The offset to commit: one behind the last offset before which nothing is open; -1 when nothing is done.</summary>
    public long NextToCommit => Volatile.Read(ref _next);

    /// <summary>The last tracked offset; -1 when there is none.</summary>
    public long Last => Volatile.Read(ref _last);

    /// <summary>Offsets from the oldest open one on.</summary>
    public int Pending
    {
        get
        {
            lock (_lock)
            {
                return _count;
            }
        }
    }

    /// <summary>Opens an offset.</summary>
    /// <param name="offset">Larger than every one before.</param>
    public void Track(long offset)
    {
        lock (_lock)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(offset, _last);
            if (_count == _offsets.Length)
            {
                Grow();
            }

            var slot = Slot(_count++);
            _offsets[slot] = offset;
            _done[slot] = false;
            Volatile.Write(ref _last, offset);
        }
    }

    /// <summary>Closes an offset; one that is not open changes nothing.</summary>
    /// <param name="offset">The offset.</param>
    public void Complete(long offset) => Complete(new ReadOnlySpan<long>(in offset));

    /// <summary>Closes the offsets of a batch.</summary>
    /// <param name="offsets">Its offsets.</param>
    public void Complete(ReadOnlySpan<long> offsets)
    {
        lock (_lock)
        {
            foreach (var offset in offsets)
            {
                Close(offset);
            }

            Advance();
        }
    }

    private int Slot(int index) => (_head + index) & (_offsets.Length - 1);

    private void Close(long offset)
    {
        if (_count == 0)
        {
            return;
        }

        // Without holes in the log an offset is as far behind the first as it is larger; with holes it is nearer.
        int low = 0, high = (int)Math.Min(_count - 1, offset - _offsets[_head]);
        if (high >= 0 && _offsets[Slot(high)] == offset)
        {
            _done[Slot(high)] = true;
            return;
        }

        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var slot = Slot(middle);
            if (_offsets[slot] == offset)
            {
                _done[slot] = true;
                return;
            }

            if (_offsets[slot] < offset)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }
    }

    private void Advance()
    {
        while (_count > 0 && _done[_head])
        {
            Volatile.Write(ref _next, _offsets[_head] + 1);
            _head = Slot(1);
            _count--;
        }
    }

    private void Grow()
    {
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)_offsets.Length + 1);
        var offsets = new long[size];
        var done = new bool[size];
        for (var i = 0; i < _count; i++)
        {
            offsets[i] = _offsets[Slot(i)];
            done[i] = _done[Slot(i)];
        }

        (_offsets, _done, _head) = (offsets, done, 0);
    }
}
