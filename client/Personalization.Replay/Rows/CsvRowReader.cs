using System.Globalization;
using System.Text.Json;
using CsvHelper;
using CsvHelper.Configuration;

namespace Personalization.Replay;

/// <summary>RFC 4180 with a header; columns in any order, unknown ones are ignored, an empty cell is a missing field.</summary>
internal sealed class CsvRowReader : IRowReader
{
    private readonly CsvReader _csv;
    private readonly FieldWriter _writer;
    private readonly RowOptions _options;
    private (string Field, int Column)[]? _columns;

    public CsvRowReader(Stream file, RowOptions options)
    {
        _csv = new CsvReader(InputFile.Text(file), new CsvConfiguration(CultureInfo.InvariantCulture) { BadDataFound = null, MissingFieldFound = null });
        _writer = new FieldWriter(options.TimeFormat);
        _options = options;
    }

    public long Number { get; private set; }

    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_columns is null)
        {
            if (!await _csv.ReadAsync())
            {
                return false;
            }

            _csv.ReadHeader();
            var header = _csv.HeaderRecord ?? [];
            _columns = [.. RowOptions.Fields.Select(field => (field, Array.IndexOf(header, _options.ColumnOf(field)))).Where(pair => pair.Item2 >= 0)];
            ThrowIfMissing(header);
        }

        if (!await _csv.ReadAsync())
        {
            return false;
        }

        Number++;
        return true;
    }

    public ReadOnlyMemory<byte> Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        foreach (var (field, column) in _columns!)
        {
            var cell = _csv.GetField(column);
            _writer.Write(json, field, InputFile.IsUtf8(cell) ? cell : throw InputFile.NotUtf8($"Column '{_options.ColumnOf(field)}' of row {Number}"));
        }

        foreach (var (field, value) in _options.Constants.Where(constant => !Array.Exists(_columns, pair => pair.Field == constant.Key)))
        {
            _writer.Write(json, field, value);
        }

        json.WriteEndObject();
        return default;
    }

    public ValueTask DisposeAsync()
    {
        _csv.Dispose();
        return ValueTask.CompletedTask;
    }

    private void ThrowIfMissing(string[] header)
    {
        if (_options.Columns.Values.FirstOrDefault(column => !header.Contains(column, StringComparer.Ordinal)) is { } missing)
        {
            throw new InvalidDataException($"The file has no column '{missing}'; it has {string.Join(", ", header)}.");
        }
    }
}
