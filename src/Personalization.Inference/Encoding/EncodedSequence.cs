using Personalization.Inference.Engine;

namespace Personalization.Inference.Encoding;

/// <summary>One row of the graph's input, aligned to the end of arrays of the model's longest input; reused.</summary>
/// <param name="maxLength">The model's longest input.</param>
/// <param name="totals">Numbers of the shopper's whole life that the graph asks for.</param>
internal sealed class EncodedSequence(int maxLength, int totals)
{
    private const int Columns = 4;

    /// <summary>Model indices from <see cref="Start"/> on.</summary>
    public int[] Items { get; } = new int[maxLength];

    /// <summary>Actions, likewise.</summary>
    public int[] Actions { get; } = new int[maxLength];

    /// <summary>Gap classes, likewise.</summary>
    public int[] Gaps { get; } = new int[maxLength];

    /// <summary>Index in the request of each event, likewise.</summary>
    public int[] Sources { get; } = new int[maxLength];

    /// <summary>Numbers of the whole life, in the model's order.</summary>
    public float[] Totals { get; } = new float[totals];

    /// <summary>First used element.</summary>
    public int Start { get; set; } = maxLength;

    /// <summary>Whole seconds from the newest event, of whatever item, to now.</summary>
    public float Elapsed { get; set; }

    /// <summary>Number of events.</summary>
    public int Length => Items.Length - Start;

    /// <summary>Memory of a row but its totals.</summary>
    /// <param name="maxLength">The model's longest input.</param>
    public static int BytesOf(int maxLength) => Columns * sizeof(int) * maxLength;

    /// <summary>Copies the row.</summary>
    /// <param name="target">Of the same longest input.</param>
    public void CopyTo(EncodedSequence target)
    {
        Items.CopyTo(target.Items, 0);
        Actions.CopyTo(target.Actions, 0);
        Gaps.CopyTo(target.Gaps, 0);
        Totals.CopyTo(target.Totals, 0);
        (target.Start, target.Elapsed) = (Start, Elapsed);
    }

    /// <summary>Whether the graph gets the same events and totals, whatever the time since.</summary>
    /// <param name="other">Of the same longest input.</param>
    public bool HasEventsOf(EncodedSequence other) =>
        Start == other.Start
        && Items.AsSpan(Start).SequenceEqual(other.Items.AsSpan(Start))
        && Actions.AsSpan(Start).SequenceEqual(other.Actions.AsSpan(Start))
        && Gaps.AsSpan(Start).SequenceEqual(other.Gaps.AsSpan(Start))
        && Totals.AsSpan().SequenceEqual(other.Totals);

    /// <summary>Writes the row into a batch, padded on the left.</summary>
    /// <param name="buffers">The batch.</param>
    /// <param name="row">The row.</param>
    /// <param name="length">Length of every row, at least <see cref="Length"/>.</param>
    public void Write(BatchBuffers buffers, int row, int length)
    {
        Write(Items, buffers.Items.AsSpan(row * length, length));
        Write(Actions, buffers.Actions.AsSpan(row * length, length));
        Write(Gaps, buffers.Gaps.AsSpan(row * length, length));
        buffers.Elapsed[row] = Elapsed;
        Totals.CopyTo(buffers.Totals, row * Totals.Length);
    }

    private void Write(int[] source, Span<long> target)
    {
        var padding = target.Length - Length;
        target[..padding].Clear();
        for (var i = 0; i < Length; i++)
        {
            target[padding + i] = source[Start + i];
        }
    }
}
