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
    [property: Id(2)] PositionedEvent[] Events)
{
    [NonSerialized]
    private readonly AppendReceipt? _receipt;

    /// <summary>How long its newest event had been in the stream when it was read. The state may wait about as long until it is stored. Default: not at all.</summary>
    [Id(3)]
    public TimeSpan Waited { get; init; }

    /// <summary>Who hears what becomes of it, on the sender's silo; it does not travel to another one. Default: nobody.</summary>
    public AppendReceipt? Receipt
    {
        get => _receipt;
        init => _receipt = value;
    }
}
