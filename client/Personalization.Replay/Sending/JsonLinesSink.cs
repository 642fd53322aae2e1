using System.Buffers;
using System.Text.Json;
using Personalization.Events;
using Personalization.Validation;

namespace Personalization.Replay;

/// <summary>Writes events to a stream, one event's JSON a line. Not thread-safe.</summary>
/// <param name="output">Takes UTF-8; flushed and closed with the sink.</param>
public sealed class JsonLinesSink(Stream output) : IEventSink, IAsyncDisposable
{
    private const int FlushBytes = 64 * 1024;
    private readonly ArrayBufferWriter<byte> _buffer = new(FlushBytes * 2);
    private Utf8JsonWriter? _json;

    /// <inheritdoc/>
    public ValueTask SendAsync(BehaviorEvent behaviorEvent, CancellationToken cancellationToken)
    {
        _json ??= EventWriter.NewWriter(_buffer);
        _json.Reset();
        EventWriter.Write(behaviorEvent, _json);
        _json.Flush();
        _buffer.GetSpan(1)[0] = (byte)'\n';
        _buffer.Advance(1);
        return _buffer.WrittenCount < FlushBytes ? ValueTask.CompletedTask : FlushAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await FlushAsync(CancellationToken.None);
        if (_json is not null)
        {
            await _json.DisposeAsync();
        }

        await output.DisposeAsync();
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        await output.WriteAsync(_buffer.WrittenMemory, cancellationToken);
        _buffer.ResetWrittenCount();
    }
}
