using Personalization.Events;

namespace Personalization.Replay;

/// <summary>
/// Turns events in order of their time into messages in order of their arrival: some late, some twice. A retry has a message number of its own
/// within the next <see cref="WorkloadOptions.RetryWindow"/>, so that fewer events of its user come between than a grain remembers ids of.
/// </summary>
/// <param name="options">Shares and delays.</param>
/// <param name="next">Makes the event with this number; called once each, in order.</param>
internal sealed class ArrivalOrder(WorkloadOptions options, Func<long, BehaviorEvent> next)
{
    private readonly Random _random = new(options.Seed ^ 0x5eed);
    private readonly BehaviorEvent?[] _retries = new BehaviorEvent?[WorkloadOptions.RetryWindow];
    private readonly PriorityQueue<BehaviorEvent, long> _late = new();
    private readonly long _maxDelay = (long)Math.Min(long.MaxValue / 2, options.Events * (options.MaxDelay / options.Span));
    private long _made;
    private long _messages;

    public IEnumerable<BehaviorEvent> Messages()
    {
        while (Arriving() is { } first)
        {
            yield return first;
            PlanRetry(first);
            for (_messages++; TakeRetry() is { } retry; _messages++)
            {
                yield return retry;
            }
        }

        for (var left = _retries.Length; left > 0; left--, _messages++)
        {
            if (TakeRetry() is { } retry)
            {
                yield return retry;
            }
        }
    }

    private BehaviorEvent? Arriving()
    {
        while (_made < options.Events)
        {
            if (_late.TryPeek(out _, out var due) && due <= _made)
            {
                return _late.Dequeue();
            }

            var made = next(_made++);
            if (options.LateShare == 0 || _random.NextDouble() >= options.LateShare)
            {
                return made;
            }

            _late.Enqueue(made, _made + _random.NextInt64(_maxDelay + 1));
        }

        return _late.TryDequeue(out var last, out _) ? last : null;
    }

    private void PlanRetry(BehaviorEvent behaviorEvent)
    {
        if (options.RetryShare == 0 || _random.NextDouble() >= options.RetryShare)
        {
            return;
        }

        var first = _random.Next(1, _retries.Length);
        for (var distance = first; distance < _retries.Length; distance++)
        {
            ref var slot = ref _retries[(_messages + distance) % _retries.Length];
            if (slot is null)
            {
                slot = behaviorEvent;
                return;
            }
        }
    }

    private BehaviorEvent? TakeRetry()
    {
        ref var slot = ref _retries[_messages % _retries.Length];
        var retry = slot;
        slot = null;
        return retry;
    }
}
