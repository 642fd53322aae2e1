using Personalization.Events;

namespace Personalization.Replay;

/// <summary>Where replayed events go.</summary>
public interface IEventSink
{
    /// <summary>Sends one event; waits while the sink is full.</summary>
    /// <param name="behaviorEvent">The event.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Completes when the sink has taken it.</returns>
    ValueTask SendAsync(BehaviorEvent behaviorEvent, CancellationToken cancellationToken);

    /// <summary>Waits until everything sent is acknowledged; throws when something was not.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Completes when all is acknowledged.</returns>
    Task FlushAsync(CancellationToken cancellationToken);
}
