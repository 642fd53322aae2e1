using System.Text;

namespace Personalization.Gateway;

/// <summary>
/// Tries to reach the cluster until it is there: a gateway may start before the silos and their database. Says at once, and then now and then, why it is not.
/// For one caller at a time.
/// </summary>
internal sealed partial class ClusterConnection(TimeProvider time, ILogger<ClusterConnection> logger) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(30);
    private long? _loggedAt;

    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        if (_loggedAt is not { } last || time.GetElapsedTime(last) >= LogInterval)
        {
            _loggedAt = time.GetTimestamp();
            LogNotConnected(ReasonOf(exception));
        }

        await Task.Delay(RetryDelay, time, cancellationToken);
        return true;
    }

    // The driver's message names the server only; what its operating system says is in the exception inside.
    private static string ReasonOf(Exception exception)
    {
        var reason = new StringBuilder();
        for (Exception? current = exception; current is not null; current = current.InnerException)
        {
            reason.Append(reason.Length == 0 ? "" : "; ").Append(current.GetType().Name).Append(": ").Append(current.Message);
        }

        return reason.ToString();
    }

    [LoggerMessage(8200, LogLevel.Warning, "The cluster cannot be reached, so nothing is served yet; trying again: {Reason}")]
    private partial void LogNotConnected(string reason);
}
