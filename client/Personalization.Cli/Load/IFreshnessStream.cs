using Personalization.Events;

namespace Personalization.Cli.Load;

/// <summary>The stream whose freshness is measured.</summary>
internal interface IFreshnessStream
{
    /// <summary>Sends a measured event at once.</summary>
    /// <param name="behaviorEvent">The event.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Its place, once it is acknowledged.</returns>
    Task<StreamPosition> SendAsync(BehaviorEvent behaviorEvent, CancellationToken cancellationToken);

    /// <summary>How far the silos have committed.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Offsets by partition.</returns>
    Task<long[]> CommittedAsync(CancellationToken cancellationToken);

    /// <summary>Keeps the stream busy until it is stopped.</summary>
    /// <param name="now">Shop time.</param>
    /// <param name="cancellationToken">Stops it.</param>
    Task RunBackgroundAsync(Func<DateTimeOffset> now, CancellationToken cancellationToken);
}
