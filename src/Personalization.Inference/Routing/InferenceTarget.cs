using Microsoft.Extensions.Logging;

namespace Personalization.Inference.Routing;

/// <summary>One inference silo as this silo sees it. Thread-safe.</summary>
internal sealed class InferenceTarget
{
    /// <summary>What a silo had no time for it may have for who brings so many times more.</summary>
    private const int MuchMore = 4;

    private static readonly TimeSpan RestAfterFailure = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RestAfterRefusal = TimeSpan.FromMilliseconds(100);

    private readonly CallLane[] _lanes;
    private readonly TimeProvider _time;
    private int _outstanding;
    private Pause? _pause;
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

    /// <summary>Its last answer, which says what it serves.</summary>
    public InferenceReply? LastReply => Volatile.Read(ref _last);

    /// <summary>Whether it failed or refused a moment ago, or had no time for one that brought about as little, so that another is to be preferred.</summary>
    /// <param name="budget">Time that a request has.</param>
    public bool RestsFor(TimeSpan budget) =>
        Volatile.Read(ref _pause) is { } pause && _time.GetTimestamp() < pause.Until && budget.Ticks / MuchMore < pause.Budget.Ticks;

    /// <summary>Asks the silo.</summary>
    /// <param name="request">The question.</param>
    /// <param name="budget">Time after which the answer is of no use.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer; null when the silo could not be reached.</returns>
    public async ValueTask<InferenceResult?> SendAsync(InferenceRequest request, TimeSpan budget, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _outstanding);
        try
        {
            var deadline = _time.GetTimestamp() + (long)(budget.TotalSeconds * _time.TimestampFrequency);
            var result = await _lanes[(int)request.Priority].SendAsync(request, deadline).WaitAsync(budget, _time, cancellationToken);
            switch (result?.Status)
            {
                case null or InferenceStatus.NoModel:
                    Rest();
                    break;
                case InferenceStatus.Overloaded or InferenceStatus.Failed:
                    Rest(RestAfterRefusal, TimeSpan.MaxValue);
                    break;
                case InferenceStatus.DeadlineExceeded:
                    Rest(RestAfterRefusal, budget);
                    break;
                default:
                    break;
            }

            return result;
        }
        catch (TimeoutException)
        {
            Rest(RestAfterFailure, budget);
            return InferenceResult.None(InferenceStatus.DeadlineExceeded);
        }
        finally
        {
            Interlocked.Decrement(ref _outstanding);
        }
    }

    /// <summary>Makes the others preferred for a moment.</summary>
    public void Rest() => Rest(RestAfterFailure, TimeSpan.MaxValue);

    private void Rest(TimeSpan span, TimeSpan budget)
    {
        if (!RestsFor(budget))
        {
            Volatile.Write(ref _pause, new Pause(_time.GetTimestamp() + (long)(span.TotalSeconds * _time.TimestampFrequency), budget));
        }
    }

    private sealed record Pause(long Until, TimeSpan Budget);
}
