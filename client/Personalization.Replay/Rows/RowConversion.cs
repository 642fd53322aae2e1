namespace Personalization.Replay;

/// <summary>Writes the rows of a file as JSON lines of events.</summary>
public static class RowConversion
{
    private const int ReportEvery = 100_000;

    /// <summary>Writes every row that is an event, in order.</summary>
    /// <param name="rows">The rows, good and bad.</param>
    /// <param name="output">Takes UTF-8, one event a line; flushed, and closed.</param>
    /// <param name="refused">Told of every row that is no event.</param>
    /// <param name="progress">Told the number of rows now and then.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How many rows were written, and how many were refused.</returns>
    public static async Task<(long Written, long Refused)> WriteAsync(
        IAsyncEnumerable<EventRow> rows,
        Stream output,
        Action<EventRow> refused,
        IProgress<long>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(refused);
        long written = 0, bad = 0;
        await using var sink = new JsonLinesSink(output);
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            if (row.Event is { } behaviorEvent)
            {
                await sink.SendAsync(behaviorEvent, cancellationToken);
                written++;
            }
            else
            {
                bad++;
                refused(row);
            }

            if ((written + bad) % ReportEvery == 0)
            {
                progress?.Report(written + bad);
            }
        }

        return (written, bad);
    }
}
