using System.Text.Json;

namespace Personalization.Replay;

/// <summary>Rows that are no events: one JSON object a line with the row's number and every reason. Made with the first of them.</summary>
/// <param name="path">The file.</param>
internal sealed class RejectsFile(string path) : IAsyncDisposable
{
    private FileStream? _file;

    public long Length => _file?.Length ?? 0;

    /// <summary>Continues behind what an earlier run acknowledged.</summary>
    /// <param name="length">Bytes that stay.</param>
    public void Resume(long length)
    {
        if (length == 0 && !File.Exists(path))
        {
            return;
        }

        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        _file.SetLength(Math.Min(length, _file.Length));
        _file.Position = _file.Length;
    }

    public async ValueTask AddAsync(EventRow row, CancellationToken cancellationToken)
    {
        _file ??= new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
        await _file.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(new { row = row.Number, errors = row.Errors }, PersonalizationJson.Options), cancellationToken);
        _file.WriteByte((byte)'\n');
    }

    public void Flush() => _file?.Flush(flushToDisk: true);

    public ValueTask DisposeAsync() => _file?.DisposeAsync() ?? ValueTask.CompletedTask;
}
