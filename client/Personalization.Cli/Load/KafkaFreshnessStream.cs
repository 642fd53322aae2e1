using Personalization.Events;
using Personalization.Replay;

namespace Personalization.Cli.Load;

/// <summary>A real topic, with a background of other shoppers' events at a rate.</summary>
internal sealed class KafkaFreshnessStream : IFreshnessStream, IDisposable
{
    private readonly PromptProducer _producer;
    private readonly KafkaEventSink _sink;
    private readonly ConsumerGroup _group;
    private readonly double _rate;
    private readonly SyntheticWorkload _shape;

    /// <summary>Connects.</summary>
    /// <param name="kafka">How Kafka is reached.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="group">The silos' group.</param>
    /// <param name="rate">Background events per second; 0: none.</param>
    /// <param name="shape">What the background looks like.</param>
    public KafkaFreshnessStream(KafkaConnection kafka, KafkaTopic topic, string group, double rate, SyntheticWorkload shape)
    {
        _producer = new PromptProducer(kafka, topic);
        _sink = new KafkaEventSink(kafka, topic.Name);
        _group = new ConsumerGroup(kafka, group, topic);
        _rate = rate;
        _shape = shape;
    }

    /// <summary>Background events that Kafka has taken.</summary>
    public long Background => _sink.Delivered;

    public Task<StreamPosition> SendAsync(BehaviorEvent behaviorEvent, CancellationToken cancellationToken) => _producer.SendAsync(behaviorEvent, cancellationToken);

    public Task<long[]> CommittedAsync(CancellationToken cancellationToken) => _group.CommittedAsync(cancellationToken);

    public Task RunBackgroundAsync(Func<DateTimeOffset> now, CancellationToken cancellationToken) => _rate > 0
        ? new Replayer(_sink, _rate).RunAsync(_shape.Select(behaviorEvent => behaviorEvent with { Timestamp = now() }), null, cancellationToken)
        : Task.Delay(Timeout.Infinite, cancellationToken);

    public void Dispose()
    {
        _producer.Dispose();
        _sink.Dispose();
        _group.Dispose();
    }
}
