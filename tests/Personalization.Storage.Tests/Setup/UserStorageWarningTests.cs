using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Personalization.Testing;

namespace Personalization.Storage.Tests.Setup;

/// <summary>What the choice of where shoppers are kept costs is said when a silo starts.</summary>
public sealed class UserStorageWarningTests
{
    [Theory]
    [InlineData("adonet", 1)]
    [InlineData("bulk", 0)]
    public async Task Without_churn_sweeps_a_start_warns(string userStorage, int warnings)
    {
        using var directory = new TemporaryDirectory();
        var options = new StorageOptions { ConnectionString = $"Data Source={Path.Combine(directory.Path, "state.db")}", UserStorage = userStorage };
        var logger = new Collected();

        await DatabaseSetup.RunAsync(options, logger, TestContext.Current.CancellationToken);

        SqliteConnection.ClearAllPools();
        logger.Lines.Count.ShouldBe(warnings);
        logger.Lines.ShouldAllBe(line => line.StartsWith("Warning 5001") && line.Contains("churn warning") && line.Contains("another table"));
    }

    private sealed class Collected : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add($"{logLevel} {eventId.Id}: {formatter(state, exception)}");
    }
}
