namespace Personalization.Churn;

/// <summary>Where warnings go (Kafka in a running system).</summary>
public interface IChurnWarningSink
{
    /// <summary>Publishes one warning.</summary>
    /// <param name="warning">The warning.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Completes when the broker has acknowledged it; throws when it has not.</returns>
    Task PublishAsync(ChurnWarning warning, CancellationToken cancellationToken);
}
