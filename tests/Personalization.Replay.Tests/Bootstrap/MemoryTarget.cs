using Personalization.Events;

namespace Personalization.Replay.Bootstrap;

/// <summary>A topic of one partition in memory.</summary>
internal sealed class MemoryTarget : IBootstrapTarget
{
    public string Id { get; set; } = "topic-1";

    public List<BehaviorEvent> Events { get; } = [];

    /// <summary>Called before an event is taken; may throw.</summary>
    public Action<BehaviorEvent> OnSend { get; set; } = _ => { };

    public ValueTask SendAsync(BehaviorEvent behaviorEvent, CancellationToken cancellationToken)
    {
        OnSend(behaviorEvent);
        Events.Add(behaviorEvent);
        return ValueTask.CompletedTask;
    }

    public Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<long[]> EndsAsync(CancellationToken cancellationToken) => Task.FromResult<long[]>([Events.Count]);

    public Task<IReadOnlySet<string>> EventIdsAsync(IReadOnlyList<long> from, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlySet<string>>(Events.Skip((int)from[0]).Select(behaviorEvent => behaviorEvent.EventId).ToHashSet(StringComparer.Ordinal));
}
