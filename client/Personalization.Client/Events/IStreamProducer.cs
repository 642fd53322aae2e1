using Personalization.Events;
using Personalization.Items;

namespace Personalization.Client;

/// <summary>Writes the streams of the contract.</summary>
public interface IStreamProducer
{
    /// <summary>Sends an event.</summary>
    /// <param name="behaviorEvent">A valid event.</param>
    /// <param name="cancellationToken">Gives up waiting; the event may still arrive.</param>
    /// <returns>Its place in the stream, once all replicas have it; throws <see cref="StreamUnavailableException"/>.</returns>
    Task<StreamPosition> SendAsync(BehaviorEvent behaviorEvent, CancellationToken cancellationToken);

    /// <summary>Adds or replaces an item of the catalogue.</summary>
    /// <param name="item">The item.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Completes when all replicas have it; throws <see cref="StreamUnavailableException"/>.</returns>
    Task PutItemAsync(Item item, CancellationToken cancellationToken);

    /// <summary>Removes an item of the catalogue.</summary>
    /// <param name="itemId">The item.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Completes when all replicas have it; throws <see cref="StreamUnavailableException"/>.</returns>
    Task RemoveItemAsync(string itemId, CancellationToken cancellationToken);
}
