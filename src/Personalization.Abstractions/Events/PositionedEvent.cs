namespace Personalization.Events;

/// <summary>An event with its offset in the partition that its batch names.</summary>
/// <param name="Offset">Kafka offset.</param>
/// <param name="Event">The event.</param>
[GenerateSerializer]
[Immutable]
[Alias("personalization.positioned-event")]
public readonly record struct PositionedEvent([property: Id(0)] long Offset, [property: Id(1)] BehaviorEvent Event)
{
    /// <summary>
    /// When it came into the stream, Unix milliseconds by the broker's clock where the topic has <c>message.timestamp.type=LogAppendTime</c>, else by its
    /// producer's; 0: not known.
    /// </summary>
    [Id(2)]
    public long RecordedAt { get; init; }
}
