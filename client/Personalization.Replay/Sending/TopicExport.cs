using System.Text;
using Confluent.Kafka;

namespace Personalization.Replay;

/// <summary>Writes the values of a topic as lines: whoever reads them judges them. Only what a value leaves to its record is filled in, as a line has no record.</summary>
public static class TopicExport
{
    private const int ReportEvery = 10_000;

    /// <summary>Writes each value on a line of its own.</summary>
    /// <param name="records">
    /// Values are JSON in UTF-8; empty ones are left out, and so are null ones, unless they remove an item that a line has: see <see cref="ItemRemoval"/>. An event without <c>timestamp</c> gets the record's time, an item without <c>itemId</c> the
    /// record's key. A line break inside a value, which JSON allows between tokens only, becomes a space.
    /// </param>
    /// <param name="output">Takes the lines.</param>
    /// <param name="progress">Told the number of lines now and then.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The number of lines.</returns>
    public static async Task<long> WriteAsync(IEnumerable<Message<byte[]?, byte[]?>> records, Stream output, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var lines = 0L;
        var items = new HashSet<string>(StringComparer.Ordinal);
        var buffered = new BufferedStream(output, 1 << 16);
        foreach (var record in records)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (LineOf(record, items) is not { } line)
            {
                continue;
            }

            buffered.Write(line);
            buffered.WriteByte((byte)'\n');
            if (++lines % ReportEvery == 0)
            {
                progress?.Report(lines);
            }
        }

        await buffered.FlushAsync(cancellationToken);
        progress?.Report(lines);
        return lines;
    }

    // The items are those that lines have, by their keys.
    private static byte[]? LineOf(Message<byte[]?, byte[]?> record, HashSet<string> items)
    {
        var key = record.Key is null ? null : Encoding.UTF8.GetString(record.Key);
        if (record.Value is null or [])
        {
            return record.Value is null && key is not null && items.Remove(key) ? ItemRemoval.Line(key) : null;
        }

        var line = RecordFields.Complete(record, out var isItem);
        if (isItem && key is not null)
        {
            items.Add(key);
        }

        line.AsSpan().ReplaceAny(System.Buffers.SearchValues.Create("\r\n"u8), (byte)' ');
        return line;
    }
}
