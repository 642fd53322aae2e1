namespace Personalization.Replay;

/// <summary>Writes the values of a topic as lines, as they came: whoever reads them judges them.</summary>
public static class TopicExport
{
    private const int ReportEvery = 10_000;

    /// <summary>Writes each value on a line of its own.</summary>
    /// <param name="values">JSON in UTF-8; null and empty ones are left out. A line break inside one, which JSON allows between tokens only, becomes a space.</param>
    /// <param name="output">Takes the lines.</param>
    /// <param name="progress">Told the number of lines now and then.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The number of lines.</returns>
    public static async Task<long> WriteAsync(IEnumerable<byte[]?> values, Stream output, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var lines = 0L;
        var buffered = new BufferedStream(output, 1 << 16);
        foreach (var value in values)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (value is null or [])
            {
                continue;
            }

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
