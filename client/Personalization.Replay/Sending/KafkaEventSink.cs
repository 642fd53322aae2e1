using System.Buffers;
using System.Text.Json;
using Confluent.Kafka;
using Personalization.Client;
using Personalization.Events;
using Personalization.Validation;

namespace Personalization.Replay;

/// <summary>
/// Produces events to a Kafka topic: key = user id, value = the event's JSON, idempotent, acknowledged by all replicas. Waits while the client's
/// queue is full.
/// </summary>
public sealed class KafkaEventSink : IEventSink, IDisposable
{
    private static readonly TimeSpan QueueFullPause = TimeSpan.FromMilliseconds(10);
    private readonly IProducer<string, byte[]> _producer;
    private readonly string _topic;
    private readonly TimeProvider _time;
    private readonly Action<DeliveryReport<string, byte[]>> _onDelivery;
    private readonly ArrayBufferWriter<byte> _value = new(512);
    private readonly Utf8JsonWriter _json;
    private long _delivered;
    private string? _failure;

    /// <summary>Makes a sink; connects in the background.</summary>
    /// <param name="kafka">How Kafka is reached.</param>
    /// <param name="topic">The topic. Default <see cref="Topics.Clickstream"/>.</param>
    /// <param name="time">The real clock; null: the system's.</param>
    public KafkaEventSink(KafkaConnection kafka, string topic = Topics.Clickstream, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(kafka);
        ArgumentException.ThrowIfNullOrEmpty(topic);
        var config = EventProducerConfig.Create();
        config.LingerMs = 5;
        config.CompressionType = CompressionType.Lz4;
        config.MessageTimeoutMs = 60_000;
        config.QueueBufferingMaxKbytes = 256 * 1024;
        config.DeliveryReportFields = "none";
        _topic = topic;
        _time = time ?? TimeProvider.System;
        _onDelivery = OnDelivery;
        _json = EventWriter.NewWriter(_value);
        // What the client logs by itself reaches the caller as a failed delivery, once its timeout has passed.
        _producer = kafka.Open(config, all => new ProducerBuilder<string, byte[]>(all).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build());
    }

    /// <summary>Events that Kafka has acknowledged.</summary>
    public long Delivered => Interlocked.Read(ref _delivered);

    /// <inheritdoc/>
    /// <exception cref="KafkaUnavailableException">An earlier event could not be delivered.</exception>
    public async ValueTask SendAsync(BehaviorEvent behaviorEvent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(behaviorEvent);
        var message = new Message<string, byte[]> { Key = behaviorEvent.UserId, Value = ToJson(behaviorEvent) };
        while (true)
        {
            ThrowIfFailed();
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                _producer.Produce(_topic, message, _onDelivery);
                return;
            }
            catch (ProduceException<string, byte[]> exception) when (exception.Error.Code == Confluent.Kafka.ErrorCode.Local_QueueFull)
            {
                await Task.Delay(QueueFullPause, _time, cancellationToken);
            }
            catch (KafkaException exception)
            {
                throw new KafkaUnavailableException($"Kafka refused an event: {exception.Error.Reason}", exception);
            }
        }
    }

    /// <summary>Waits until Kafka has acknowledged everything sent so far.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Completes when all is acknowledged.</returns>
    /// <exception cref="KafkaUnavailableException">An event could not be delivered.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await Task.Run(() => _producer.Flush(cancellationToken), cancellationToken);
        ThrowIfFailed();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _producer.Dispose();
        _json.Dispose();
    }

    private byte[] ToJson(BehaviorEvent behaviorEvent)
    {
        _value.ResetWrittenCount();
        _json.Reset();
        EventWriter.Write(behaviorEvent, _json);
        _json.Flush();
        return _value.WrittenSpan.ToArray();
    }

    private void OnDelivery(DeliveryReport<string, byte[]> report)
    {
        if (report.Error.IsError)
        {
            Interlocked.CompareExchange(ref _failure, report.Error.Reason, null);
        }
        else
        {
            Interlocked.Increment(ref _delivered);
        }
    }

    private void ThrowIfFailed()
    {
        if (Volatile.Read(ref _failure) is { } failure)
        {
            throw new KafkaUnavailableException($"Kafka did not take an event for topic '{_topic}': {failure}");
        }
    }
}
