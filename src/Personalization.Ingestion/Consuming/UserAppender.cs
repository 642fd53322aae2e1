using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Personalization.Users;

namespace Personalization.Ingestion;

/// <summary>Gives a batch to its user's grain: on this silo without a message, elsewhere by a call.</summary>
internal sealed partial class UserAppender(IUserGrains users, ILocalUsers local, IngestionInstruments instruments, TimeProvider time, ILogger<UserAppender> logger)
{
    private readonly LogPace _pace = new(time);

    /// <summary>Sends a batch; it hears what becomes of it.</summary>
    /// <param name="batch">The batch; closed.</param>
    public void Send(UserBatch batch)
    {
        if (batch.Sent is { } events && !local.TryAppend(events.Events[0].Event.UserId, events))
        {
            _ = CallAsync(batch, events);
        }
    }

    /// <summary>Stores what waits to be stored on this silo.</summary>
    public void Hasten() => local.Hasten();

    /// <summary>Says that batches fail. A store that is down fails thousands a second: one line a second says it.</summary>
    /// <param name="exception">Why.</param>
    public void Report(Exception exception)
    {
        instruments.Retried("user");
        if (_pace.IsDue(out var failures))
        {
            LogAppendFailed(failures, exception);
        }
    }

    private async Task CallAsync(UserBatch batch, Events.EventBatch events)
    {
        try
        {
            Activity.Current = batch.Activity ?? Activity.Current;
            var result = await users.Of(events.Events[0].Event.UserId).Append(events);
            if (!batch.IsApplied)
            {
                // Another silo has the user; the receipt stayed here and the call came back when all was stored.
                batch.Result = result;
                batch.Applied();
                batch.Durable();
            }
        }
        catch (Exception exception)
        {
            if (!batch.IsApplied)
            {
                batch.Failed(exception);
            }
        }
    }

    [LoggerMessage(EventId = 4010, Level = LogLevel.Warning, Message = "A batch could not be appended and will be sent again ({Failures} failures since start)")]
    private partial void LogAppendFailed(long failures, Exception exception);
}
