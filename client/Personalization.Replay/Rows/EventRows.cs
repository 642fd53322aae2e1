using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Personalization.Events;
using Personalization.Validation;

namespace Personalization.Replay;

/// <summary>The rows of a file as events: JSON lines, CSV or Parquet, the first two also packed with gzip.</summary>
public static class EventRows
{
    /// <summary>The format that a file's name tells.</summary>
    /// <param name="path">The file.</param>
    /// <returns>By its ending (.gz aside); JSON lines where it tells nothing.</returns>
    public static RowFormat FormatOf(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var name = InputFile.IsPacked(path) ? path[..^3] : path;
        return Path.GetExtension(name).ToUpperInvariant() switch
        {
            ".CSV" => RowFormat.Csv,
            ".PARQUET" or ".PQ" => RowFormat.Parquet,
            _ => RowFormat.JsonLines,
        };
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file; unpacked when its name ends with .gz.</param>
    /// <param name="options">How rows become events.</param>
    /// <param name="parser">Checks every row.</param>
    /// <param name="format">Null: what the name tells.</param>
    /// <param name="time">Stands in for a missing time; null: the system's clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Every row, good and bad, in the file's order.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is cut off, not of its format or not UTF-8, or has not the columns that were named.</exception>
    public static async IAsyncEnumerable<EventRow> ReadFileAsync(
        string path,
        RowOptions options,
        EventParser parser,
        RowFormat? format = null,
        TimeProvider? time = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var file = InputFile.Open(path);
        await using var rows = ReadAsync(file, format ?? FormatOf(path), options, parser, time, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await NextAsync(rows, path))
        {
            yield return rows.Current;
        }
    }

    /// <summary>Reads a stream.</summary>
    /// <param name="stream">The bytes; of Parquet it must be able to seek.</param>
    /// <param name="format">Their format.</param>
    /// <param name="options">How rows become events.</param>
    /// <param name="parser">Checks every row.</param>
    /// <param name="time">Stands in for a missing time; null: the system's clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Every row, good and bad, in order.</returns>
    /// <exception cref="InvalidDataException">The bytes are not of the format or not UTF-8, or have not the columns that were named.</exception>
    public static async IAsyncEnumerable<EventRow> ReadAsync(
        Stream stream,
        RowFormat format,
        RowOptions options,
        EventParser parser,
        TimeProvider? time = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(parser);
        time ??= TimeProvider.System;
        await using var reader = format switch
        {
            RowFormat.Csv => new CsvRowReader(stream, options),
            RowFormat.Parquet => await ParquetRowReader.OpenAsync(stream, options, cancellationToken),
            _ => (IRowReader)new JsonRowReader(stream, options),
        };
        var buffer = new ArrayBufferWriter<byte>(512);
        await using var json = EventWriter.NewWriter(buffer);
        while (await reader.ReadAsync(cancellationToken))
        {
            yield return Parse(reader, buffer, json, options, parser, time);
        }
    }

    /// <summary>Goes to the next row; what is wrong with the file names it.</summary>
    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<EventRow> rows, string path)
    {
        try
        {
            return await rows.MoveNextAsync();
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"{path}: {exception.Message}", exception);
        }
    }

    private static EventRow Parse(IRowReader reader, ArrayBufferWriter<byte> buffer, Utf8JsonWriter json, RowOptions options, EventParser parser, TimeProvider time)
    {
        buffer.ResetWrittenCount();
        json.Reset();
        var own = reader.Write(json);
        json.Flush();
        var id = options.IdPrefix is { } prefix ? $"{prefix}-{reader.Number}" : Guid.CreateVersion7().ToString("N");
        // A time that no event can have stands for a missing one, so that the parser refuses it.
        var now = options.RequireTimestamp ? DateTimeOffset.UnixEpoch : time.GetUtcNow();
        var parsed = parser.Parse(own.IsEmpty ? buffer.WrittenSpan : own.Span, new EventDefaults(id, now));
        return new EventRow(reader.Number, parsed.Event, options.RequireTimestamp ? [.. parsed.Errors.Select(Missing)] : parsed.Errors);
    }

    private static FieldError Missing(FieldError error) => error is { Field: "timestamp", Code: InputErrorCodes.TooOld }
        ? error with { Message = $"History needs a time, not before 2000-01-01. {error.Message}" }
        : error;
}
