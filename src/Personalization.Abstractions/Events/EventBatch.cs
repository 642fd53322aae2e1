namespace Personalization.Events;

/// <summary>One user's events of one poll, all from one partition, offsets rising.</summary>
/// <param name="Epoch">Identity of the topic, see <see cref="StreamPosition"/>.</param>
/// <param name="Partition">Kafka partition.</param>
/// <param name="Events">At least one event.</param>
[GenerateSerializer]
[Immutable]
[Alias("personalization.event-batch")]
public sealed record EventBatch(
    [property: Id(0)] string Epoch,
    [property: Id(1)] int Partition,
    [property: Id(2)] PositionedEvent[] Events);
