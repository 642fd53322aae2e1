using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Personalization.Gateway;

namespace Personalization.GatewayTests;

/// <summary>A gateway without silos or database serves nothing, so its log is all that can say why.</summary>
public sealed class ClusterConnectionTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly KeptLogs _logs = new();
    private readonly LoggerFactory _loggers;
    private readonly ClusterConnection _connection;

    public ClusterConnectionTests()
    {
        _loggers = new LoggerFactory([_logs]);
        _connection = new ClusterConnection(_time, _loggers.CreateLogger<ClusterConnection>());
    }

    public void Dispose()
    {
        _loggers.Dispose();
        _logs.Dispose();
    }

    [Fact]
    public async Task It_says_why_it_is_not_there_at_once_and_then_every_30_seconds()
    {
        for (var second = 0; second <= 60; second++)
        {
            var again = _connection.ShouldRetryConnectionAttempt(
                new InvalidOperationException("Failed to connect to 10.1.2.3:5432", new TimeoutException("no answer")), TestContext.Current.CancellationToken);
            _logs.Lines.Count.ShouldBe(1 + (second / 30), $"after {second} s");
            again.IsCompleted.ShouldBeFalse("a second passes before the next try");
            _time.Advance(TimeSpan.FromSeconds(1));
            (await again).ShouldBeTrue();
        }

        _logs.Lines.ShouldAllBe(line => line.StartsWith("Warning 8200", StringComparison.Ordinal)
            && line.Contains("InvalidOperationException: Failed to connect to 10.1.2.3:5432; TimeoutException: no answer", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_gateway_that_stops_tries_no_longer()
    {
        using var stopping = new CancellationTokenSource();
        var again = _connection.ShouldRetryConnectionAttempt(new TimeoutException(), stopping.Token);

        await stopping.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => again.WaitAsync(TimeSpan.FromSeconds(20)));
    }
}
