using System.Text.Json;
using Parquet;
using Parquet.Schema;

namespace Personalization.Replay;

/// <summary>Flat columns of a Parquet file, one row group in memory at a time; only the columns that are needed are read.</summary>
internal sealed class ParquetRowReader : IRowReader
{
    private readonly ParquetReader _parquet;
    private readonly RowOptions _options;
    private readonly FieldWriter _writer;
    private readonly (string Field, DataField Column)[] _columns;
    private (string Field, Func<int, object?> Cell)[] _cells = [];
    private int _group;
    private int _row = -1;
    private int _rows;

    private ParquetRowReader(ParquetReader parquet, RowOptions options)
    {
        _parquet = parquet;
        _options = options;
        _writer = new FieldWriter(options.TimeFormat);
        // Leaves of lists, maps and structures are no fields of a row, and their names are told nowhere apart.
        var all = parquet.Schema.Fields.OfType<DataField>().ToDictionary(column => column.Name, StringComparer.Ordinal);
        if (options.Columns.Values.FirstOrDefault(column => !all.ContainsKey(column)) is { } missing)
        {
            throw new InvalidDataException($"The file has no column '{missing}'; it has {string.Join(", ", all.Keys)}.");
        }

        _columns = [.. RowOptions.Fields.Where(field => all.ContainsKey(options.ColumnOf(field))).Select(field => (field, all[options.ColumnOf(field)]))];
    }

    public long Number { get; private set; }

    public static async Task<ParquetRowReader> OpenAsync(Stream file, RowOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return new ParquetRowReader(await ParquetReader.CreateAsync(file, cancellationToken: cancellationToken), options);
        }
        catch (Exception exception) when (IsOfTheBytes(exception))
        {
            throw new InvalidDataException($"The file is no Parquet: {exception.Message}", exception);
        }
    }

    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        while (++_row >= _rows)
        {
            if (_group == _parquet.RowGroupCount)
            {
                return false;
            }

            try
            {
                await ReadGroupAsync(cancellationToken);
            }
            catch (Exception exception) when (IsOfTheBytes(exception))
            {
                throw new InvalidDataException($"Row group {_group} cannot be read: {exception.Message}", exception);
            }
        }

        Number++;
        return true;
    }

    public ReadOnlyMemory<byte> Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        foreach (var (field, cell) in _cells)
        {
            _writer.Write(json, field, cell(_row));
        }

        foreach (var (field, value) in _options.Constants.Where(constant => !Array.Exists(_columns, pair => pair.Field == constant.Key)))
        {
            _writer.Write(json, field, value);
        }

        json.WriteEndObject();
        return default;
    }

    public ValueTask DisposeAsync() => _parquet.DisposeAsync();

    // Bytes that are no Parquet, or are damaged, can be any exception to the library.
    private static bool IsOfTheBytes(Exception exception) => exception is not (InvalidDataException or OperationCanceledException);

    private async Task ReadGroupAsync(CancellationToken cancellationToken)
    {
        using var group = _parquet.OpenRowGroupReader(_group++);
        _rows = checked((int)group.RowCount);
        _row = -1;
        var cells = new List<(string, Func<int, object?>)>();
        foreach (var (field, column) in _columns)
        {
            cells.Add((field, await CellsAsync(group, column, cancellationToken)));
        }

        _cells = [.. cells];
    }

    private Task<Func<int, object?>> CellsAsync(ParquetRowGroupReader group, DataField column, CancellationToken cancellationToken) =>
        column.IsArray ? throw Unusable(column)
        : column.ClrType == typeof(string) || column.ClrType == typeof(ReadOnlyMemory<char>) ? TextAsync(group, column, cancellationToken)
        : column.ClrType == typeof(int) ? ValuesAsync<int>(group, column, cancellationToken)
        : column.ClrType == typeof(long) ? ValuesAsync<long>(group, column, cancellationToken)
        : column.ClrType == typeof(short) ? ValuesAsync<short>(group, column, cancellationToken)
        : column.ClrType == typeof(float) ? ValuesAsync<float>(group, column, cancellationToken)
        : column.ClrType == typeof(double) ? ValuesAsync<double>(group, column, cancellationToken)
        : column.ClrType == typeof(decimal) ? ValuesAsync<decimal>(group, column, cancellationToken)
        : column.ClrType == typeof(DateTime) ? ValuesAsync<DateTime>(group, column, cancellationToken)
        : throw Unusable(column);

    private static InvalidDataException Unusable(DataField column) => new($"Column '{column.Name}' is of type {(column.IsArray ? "list" : column.ClrType.Name)}, which no field of an event takes.");

    private async Task<Func<int, object?>> TextAsync(ParquetRowGroupReader group, DataField column, CancellationToken cancellationToken)
    {
        var values = new string?[_rows];
        await group.ReadAsync(column, values!, cancellationToken: cancellationToken);
        return row => values[row];
    }

    private async Task<Func<int, object?>> ValuesAsync<T>(ParquetRowGroupReader group, DataField column, CancellationToken cancellationToken)
        where T : struct
    {
        if (column.IsNullable)
        {
            var values = new T?[_rows];
            await group.ReadAsync(column, values.AsMemory(), cancellationToken: cancellationToken);
            return row => values[row];
        }

        var plain = new T[_rows];
        await group.ReadAsync(column, plain.AsMemory(), cancellationToken: cancellationToken);
        return row => plain[row];
    }
}
