using System.Text;
using System.Text.Json;

namespace Personalization.Replay;

/// <summary>One JSON object a line, empty lines skipped.</summary>
internal sealed class JsonRowReader(Stream file, RowOptions options) : IRowReader
{
    private readonly StreamReader _text = InputFile.Text(file);
    private readonly FieldWriter _writer = new(options.TimeFormat);
    private readonly bool _asItIs = options.Columns.Count == 0 && options.Constants.Count == 0 && options.TimeFormat is null;
    private string _line = string.Empty;

    public long Number { get; private set; }

    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        while (await _text.ReadLineAsync(cancellationToken) is { } line)
        {
            Number++;
            if (!string.IsNullOrWhiteSpace(line))
            {
                _line = InputFile.IsUtf8(line) ? line : throw InputFile.NotUtf8($"Row {Number}");
                return true;
            }
        }

        return false;
    }

    public ReadOnlyMemory<byte> Write(Utf8JsonWriter json)
    {
        var bytes = Encoding.UTF8.GetBytes(_line);
        if (_asItIs)
        {
            return bytes;
        }

        try
        {
            using var document = JsonDocument.Parse(bytes);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                WriteFields(json, document.RootElement);
                return default;
            }
        }
        catch (JsonException)
        {
            // The parser says what is wrong with it.
        }

        return bytes;
    }

    public ValueTask DisposeAsync()
    {
        _text.Dispose();
        return ValueTask.CompletedTask;
    }

    private void WriteFields(Utf8JsonWriter json, JsonElement row)
    {
        json.WriteStartObject();
        foreach (var field in RowOptions.Fields)
        {
            if (!row.TryGetProperty(options.ColumnOf(field), out var value) || value.ValueKind == JsonValueKind.Null)
            {
                _writer.Write(json, field, options.Constants.GetValueOrDefault(field));
            }
            else if (field == "timestamp" && options.TimeFormat is not null)
            {
                _writer.Write(json, field, value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText());
            }
            else
            {
                json.WritePropertyName(field);
                value.WriteTo(json);
            }
        }

        json.WriteEndObject();
    }
}
