using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Personalization.Ingestion.Tests;

/// <summary>Keeps what is logged, for tests that expect a line.</summary>
internal sealed class CollectedLogs : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<int> _ids = new();

    /// <summary>How often a line was logged.</summary>
    public int Count(int eventId) => _ids.Count(id => id == eventId);

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _ids.Enqueue(eventId.Id);

    public void Dispose()
    {
    }
}
