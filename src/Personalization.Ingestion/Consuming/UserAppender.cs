using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Events;
using Personalization.Users;

namespace Personalization.Ingestion;

/// <summary>Gives a batch to its user's grain, again and again until it is durable.</summary>
internal sealed partial class UserAppender(
    IUserGrains users,
    IOptions<IngestionOptions> options,
    IngestionInstruments instruments,
    TimeProvider time,
    ILogger<UserAppender> logger)
{
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(1);
    private readonly IngestionOptions _options = options.Value;
    private long _loggedAt;
    private long _failures;

    /// <summary>Appends.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="batch">The events.</param>
    /// <param name="cancellationToken">Ends the repetitions, not a call that is under way.</param>
    /// <returns>The result; null when cancelled before it was durable.</returns>
    public async Task<AppendResult?> AppendAsync(string userId, EventBatch batch, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(_options.RetryDelay, _options.MaxRetryDelay);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                return await users.Of(userId).Append(batch);
            }
            catch (Exception exception)
            {
                instruments.Retried();
                Report(exception);
            }

            if (!await backoff.WaitAsync(backoff.Next(), time, cancellationToken))
            {
                break;
            }
        }

        return null;
    }

    // A store that is down fails thousands of calls a second: one line a second says it.
    private void Report(Exception exception)
    {
        var failures = Interlocked.Increment(ref _failures);
        var now = time.GetTimestamp();
        var last = Interlocked.Read(ref _loggedAt);
        if ((last == 0 || time.GetElapsedTime(last, now) >= LogInterval) && Interlocked.CompareExchange(ref _loggedAt, now, last) == last)
        {
            LogAppendFailed(failures, exception);
        }
    }

    [LoggerMessage(EventId = 4010, Level = LogLevel.Warning, Message = "A batch could not be appended and will be sent again ({Failures} failures since start)")]
    private partial void LogAppendFailed(long failures, Exception exception);
}
