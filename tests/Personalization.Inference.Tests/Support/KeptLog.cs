using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Personalization.Inference.Tests.Support;

/// <summary>Keeps what is logged.</summary>
internal sealed class KeptLog : ILogger
{
    private readonly ConcurrentQueue<(int Id, string Text)> _lines = [];

    /// <summary>The lines of an event, the oldest first.</summary>
    public string[] Of(int eventId) => [.. _lines.Where(line => line.Id == eventId).Select(line => line.Text)];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((eventId.Id, formatter(state, exception)));
}
