using Confluent.Kafka;

namespace Personalization.Replay;

/// <summary>Writes the values of a topic as lines: whoever reads them judges them. Only what a value leaves to its record is filled in, as a line has no record.</summary>
public static class TopicExport
{
    private const int ReportEvery = 10_000;

    /// <summary>Writes each value on a line of its own.</summary>
    /// <param name="records">
    /// Values are JSON in UTF-8; null and empty ones are left out. An event without <c>timestamp</c> gets the record's time, an item without <c>itemId</c> the
    /// record's key. A line break inside a value, which JSON allows between tokens only, becomes a space.
    /// </param>
    /// <param name="output">Takes the lines.</param>
    /// <param name="progress">Told the number of lines now and then.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The number of lines.</returns>
    public static async Task<long> WriteAsync(IEnumerable<Message<byte[]?, byte[]?>> records, Stream output, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var lines = 0L;
        var buffered = new BufferedStream(output, 1 << 16);
        foreach (var record in records)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (record.Value is null or [])
            {
                continue;
            }

            var value = RecordFields.Complete(record);
            value.AsSpan().ReplaceAny(System.Buffers.SearchValues.Create("\r\n"u8), (byte)' ');
            buffered.Write(value);
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
}
