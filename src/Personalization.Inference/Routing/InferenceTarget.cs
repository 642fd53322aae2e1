using Microsoft.Extensions.Logging;

namespace Personalization.Inference.Routing;

/// <summary>One inference silo as this silo sees it. Thread-safe.</summary>
internal sealed class InferenceTarget
{
    private static readonly TimeSpan RestAfterFailure = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RestAfterRefusal = TimeSpan.FromMilliseconds(100);

    // Before the runtime ends the call and with it those of the others in it.
    private static readonly TimeSpan MostBudget = TimeSpan.FromSeconds(4);

    // By priority: a queue that is full of less urgent work has room for the more urgent.
    private readonly CallLane[] _lanes;
    private readonly TargetRest[] _rests;
    private readonly TimeProvider _time;
    private int _outstanding;
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
        _rests = Array.ConvertAll(_lanes, _ => new TargetRest(time));

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
    /// <param name="priority">How urgent a request is.</param>
    /// <param name="budget">Time that it has.</param>
    public bool RestsFor(InferencePriority priority, TimeSpan budget) => _rests[(int)priority].HoldsFor(budget);

    /// <summary>Asks the silo.</summary>
    /// <param name="request">The question.</param>
    /// <param name="budget">Time after which the answer is of no use.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer; null when the silo could not be reached.</returns>
    public async ValueTask<InferenceResult?> SendAsync(InferenceRequest request, TimeSpan budget, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _outstanding);
        budget = budget < MostBudget ? budget : MostBudget;
        var lessUrgent = _rests.AsMemory((int)request.Priority);
        try
        {
            var deadline = _time.GetTimestamp() + (long)(budget.TotalSeconds * _time.TimestampFrequency);
            var result = await _lanes[(int)request.Priority].SendAsync(request, deadline).WaitAsync(budget, _time, cancellationToken).ConfigureAwait(false);
            switch (result?.Status)
            {
                case null or InferenceStatus.NoModel:
                    Rest();
                    break;
                case InferenceStatus.Failed:
                    RestAll(_rests, RestAfterRefusal);
                    break;
                case InferenceStatus.Overloaded:
                    RestAll(lessUrgent.Span, RestAfterRefusal);
                    break;
                case InferenceStatus.DeadlineExceeded:
                    RestHurry(lessUrgent.Span, budget, RestAfterRefusal);
                    break;
                default:
                    break;
            }

            return result;
        }
        catch (TimeoutException)
        {
            RestHurry(lessUrgent.Span, budget, RestAfterFailure);
            return InferenceResult.None(InferenceStatus.DeadlineExceeded);
        }
        finally
        {
            Interlocked.Decrement(ref _outstanding);
        }
    }

    /// <summary>Makes the others preferred for a moment.</summary>
    public void Rest() => RestAll(_rests, RestAfterFailure);

    private static void RestAll(ReadOnlySpan<TargetRest> rests, TimeSpan span)
    {
        foreach (var rest in rests)
        {
            rest.ForAll(span);
        }
    }

    private static void RestHurry(ReadOnlySpan<TargetRest> rests, TimeSpan budget, TimeSpan span)
    {
        foreach (var rest in rests)
        {
            rest.ForHurry(budget, span);
        }
    }
}
