using Personalization.Events;

namespace Personalization.Replay;

/// <summary>Where a replay sends its events.</summary>
public interface IEventSink
{
    /// <summary>Sends one event; called in the order of the stream, never concurrently.</summary>
    /// <param name="behaviorEvent">The event.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Completes when the sink has taken the event; waiting is the sink's way to slow a replay down.</returns>
    ValueTask SendAsync(BehaviorEvent behaviorEvent, CancellationToken cancellationToken);
}
