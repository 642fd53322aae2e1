using Microsoft.Extensions.Logging;

namespace Personalization.Inference.Routing;

/// <summary>One inference silo as this silo sees it. Thread-safe.</summary>
internal sealed class InferenceTarget
{
    private static readonly TimeSpan RestAfterFailure = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RestAfterRefusal = TimeSpan.FromMilliseconds(100);

    private readonly CallLane[] _lanes;
    private readonly TimeProvider _time;
    private int _outstanding;
    private long _restsUntil = long.MinValue;
    private InferenceReply? _last;

    /// <summary>Creates a target.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="transport">The way to it.</param>
    /// <param name="time">Real time.</param>
    /// <param name="logger">Log.</param>
    public InferenceTarget(SiloAddress silo, IInferenceTransport transport, TimeProvider time, ILogger logger)
    {
        Silo = silo;
        _time = time;
        _lanes = [.. Enum.GetValues<InferencePriority>().Select(_ => new CallLane(CallAsync, time, logger))];

        async Task<InferenceReply> CallAsync(InferenceRequest[] requests)
        {
            var reply = await transport.InferAsync(silo, requests);
            Volatile.Write(ref _last, reply);
            return reply;
        }
    }

    /// <summary>The silo.</summary>
    public SiloAddress Silo { get; }

    /// <summary>Requests that this silo has sent and that are not answered.</summary>
    public int Outstanding => Volatile.Read(ref _outstanding);

    /// <summary>Whether it failed or refused a moment ago and another is to be preferred.</summary>
    public bool IsResting => _time.GetTimestamp() < Volatile.Read(ref _restsUntil);

    /// <summary>Its last answer, which says what it serves.</summary>
    public InferenceReply? LastReply => Volatile.Read(ref _last);

    /// <summary>Asks the silo.</summary>
    /// <param name="request">The question.</param>
    /// <param name="deadline">Timestamp after which the answer is of no use.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer; null when the silo could not be reached.</returns>
    public async ValueTask<InferenceResult?> SendAsync(InferenceRequest request, long deadline, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _outstanding);
        try
        {
            var answer = _lanes[(int)request.Priority].SendAsync(request, deadline);
            var left = _time.GetElapsedTime(_time.GetTimestamp(), deadline);
            var result = await answer.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, _time, cancellationToken);
            if (result is null)
            {
                Rest();
            }
            else if (result.Status is InferenceStatus.Overloaded or InferenceStatus.DeadlineExceeded)
            {
                Rest(RestAfterRefusal);
            }

            return result;
        }
        catch (TimeoutException)
        {
            Rest();
            return InferenceResult.None(InferenceStatus.DeadlineExceeded);
        }
        finally
        {
            Interlocked.Decrement(ref _outstanding);
        }
    }

    /// <summary>Makes the others preferred for a moment.</summary>
    public void Rest() => Rest(RestAfterFailure);

    private void Rest(TimeSpan span) => Volatile.Write(ref _restsUntil, _time.GetTimestamp() + (long)(span.TotalSeconds * _time.TimestampFrequency));
}
