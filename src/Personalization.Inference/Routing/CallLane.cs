using Microsoft.Extensions.Logging;

namespace Personalization.Inference.Routing;

/// <summary>
/// What goes to one silo at one priority: a single call at a time, which carries everything that came while the call before it was
/// under way. So a lone request leaves at once, and many share the cost of a message.
/// </summary>
/// <param name="silo">The silo.</param>
/// <param name="send">Makes a call.</param>
/// <param name="time">Real time, for budgets.</param>
/// <param name="logger">Log.</param>
internal sealed partial class CallLane(SiloAddress silo, Func<InferenceRequest[], Task<InferenceReply>> send, TimeProvider time, ILogger logger)
{
    private const int MaxPerCall = 64;

    private readonly Lock _lock = new();
    private readonly Queue<PendingCall> _waiting = [];
    private bool _busy;

    /// <summary>Sends a request.</summary>
    /// <param name="request">The question.</param>
    /// <param name="deadline">Timestamp after which the caller waits no longer.</param>
    /// <returns>The answer, null when the silo could not be reached; after the deadline none comes.</returns>
    public Task<InferenceResult?> SendAsync(InferenceRequest request, long deadline)
    {
        var call = new PendingCall(request, deadline);
        lock (_lock)
        {
            _waiting.Enqueue(call);
            if (_busy)
            {
                return call.Answer.Task;
            }

            _busy = true;
        }

        // Not on the caller's scheduler: it may be a grain's, and calls of other grains ride along.
        _ = Task.Run(PumpAsync);
        return call.Answer.Task;
    }

    private async Task PumpAsync()
    {
        while (Take(out var now) is { } calls)
        {
            if (calls.Count > 0)
            {
                await CallAsync(calls, now);
            }
        }
    }

    private List<PendingCall>? Take(out long now)
    {
        now = time.GetTimestamp();
        lock (_lock)
        {
            if (_waiting.Count == 0)
            {
                _busy = false;
                return null;
            }

            var calls = new List<PendingCall>();
            while (calls.Count < MaxPerCall && _waiting.TryDequeue(out var call))
            {
                if (call.Deadline > now)
                {
                    calls.Add(call);
                }
            }

            return calls;
        }
    }

    // None of them is late by now.
    private async Task CallAsync(List<PendingCall> calls, long now)
    {
        try
        {
            var answer = send([.. calls.Select(call => call.Request with { Budget = time.GetElapsedTime(now, call.Deadline) })]);

            // Those who come next do not wait for an answer that nobody waits for any more.
            await ((Task)answer).WaitAsync(time.GetElapsedTime(now, calls.Max(call => call.Deadline)), time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!answer.IsCompleted)
            {
                // Each of those who asked gives up by itself, within the millisecond that timers are fine to.
                return;
            }

            var reply = await answer;
            for (var i = 0; i < calls.Count; i++)
            {
                calls[i].Answer.SetResult(reply.Results[i]);
            }
        }
        catch (Exception e)
        {
            LogCallFailed(e, calls.Count, silo);
            foreach (var call in calls)
            {
                call.Answer.TrySetResult(null);
            }
        }
    }

    [LoggerMessage(3050, LogLevel.Warning, "A call with {Count} requests to inference silo {Silo} failed.")]
    private partial void LogCallFailed(Exception exception, int count, SiloAddress silo);

    private sealed record PendingCall(InferenceRequest Request, long Deadline)
    {
        public TaskCompletionSource<InferenceResult?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
