using Microsoft.Extensions.Logging;
using Personalization.Items;

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
    private readonly IInferenceTransport _transport;
    private readonly RoutingInstruments _instruments;
    private readonly TimeProvider _time;
    private int _outstanding;
    private InferenceReply? _last;

    /// <summary>Creates a target.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="transport">The way to it.</param>
    /// <param name="instruments">What is measured.</param>
    /// <param name="time">Real time.</param>
    /// <param name="logger">Log.</param>
    public InferenceTarget(SiloAddress silo, IInferenceTransport transport, RoutingInstruments instruments, TimeProvider time, ILogger logger)
    {
        Silo = silo;
        (_transport, _instruments, _time) = (transport, instruments, time);
        _lanes = [.. Enum.GetValues<InferencePriority>().Select(_ => new CallLane(silo, CallAsync, time, logger))];
        _rests = Array.ConvertAll(_lanes, _ => new TargetRest(time));
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

    /// <summary>Asks the silo's model.</summary>
    /// <param name="request">The question.</param>
    /// <param name="budget">Time after which the answer is of no use.</param>
    /// <param name="retry">Whether another silo was asked before.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer; null when the silo could not be reached.</returns>
    public async ValueTask<InferenceResult?> InferAsync(InferenceRequest request, TimeSpan budget, bool retry, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _outstanding);
        budget = budget < MostBudget ? budget : MostBudget;
        var began = _time.GetTimestamp();
        var outcome = "canceled";
        try
        {
            var deadline = began + (long)(budget.TotalSeconds * _time.TimestampFrequency);
            var result = await _lanes[(int)request.Priority].SendAsync(request, deadline).WaitAsync(budget, _time, cancellationToken).ConfigureAwait(false);
            outcome = result?.Status.TagValue() ?? "unreachable";
            switch (result?.Status)
            {
                case null or InferenceStatus.NoModel:
                    Rest(RestAfterFailure);
                    break;
                case InferenceStatus.Failed:
                    Rest(RestAfterRefusal);
                    break;
                case InferenceStatus.Overloaded:
                    Rest(RestAfterRefusal, request.Priority);
                    break;
                case InferenceStatus.DeadlineExceeded:
                    Rest(RestAfterRefusal, request.Priority, budget);
                    break;
                default:
                    break;
            }

            return result;
        }
        catch (TimeoutException)
        {
            outcome = "no_answer";
            Rest(RestAfterFailure, request.Priority, budget);
            return InferenceResult.None(InferenceStatus.DeadlineExceeded);
        }
        finally
        {
            Interlocked.Decrement(ref _outstanding);
            _instruments.Asked("infer", retry, outcome, _time.GetElapsedTime(began));
        }
    }

    /// <summary>Asks the silo for similar items.</summary>
    /// <param name="itemId">The item.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="retry">Whether another silo was asked before.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The items; null when its model does not know the item. Fails when the silo cannot be reached.</returns>
    public async Task<ItemScore[]?> SimilarAsync(string itemId, int count, bool retry, CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        var outcome = "canceled";
        try
        {
            var items = await _transport.SimilarAsync(Silo, itemId, count).WaitAsync(cancellationToken).ConfigureAwait(false);
            outcome = InferenceStatus.Ok.TagValue();
            return items;
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            outcome = "unreachable";
            Rest(RestAfterFailure);
            throw;
        }
        finally
        {
            _instruments.Asked("similar", retry, outcome, _time.GetElapsedTime(began));
        }
    }

    private async Task<InferenceReply> CallAsync(InferenceRequest[] requests)
    {
        _instruments.Called(requests.Length);
        var reply = await _transport.InferAsync(Silo, requests);
        Volatile.Write(ref _last, reply);
        return reply;
    }

    // Makes the others preferred for a moment: by who is no more urgent, and where time was too little, by who brings no more.
    private void Rest(TimeSpan span, InferencePriority mostUrgent = InferencePriority.Interactive, TimeSpan? tooLittle = null)
    {
        foreach (var rest in _rests.AsSpan((int)mostUrgent))
        {
            if (tooLittle is { } budget)
            {
                rest.ForHurry(budget, span);
            }
            else
            {
                rest.ForAll(span);
            }
        }
    }
}
