using Confluent.Kafka;

namespace Personalization.Client;

/// <summary>An idempotent producer and the admin client that depends on it: they are made, and end, together.</summary>
internal sealed class StreamConnection : IDisposable
{
    private volatile bool _isBroken;

    /// <summary>Makes both; they connect in the background.</summary>
    /// <param name="options">How Kafka is reached.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Takes what the client has to say.</param>
    public StreamConnection(KafkaOptions options, TimeProvider time, Action<string> log)
    {
        MadeAt = time.GetTimestamp();
        Producer = new ProducerBuilder<byte[], byte[]?>(Config(options))
            .SetLogHandler((_, message) => log(message.Message))
            .SetErrorHandler((_, error) =>
            {
                _isBroken |= error.IsFatal;
                log(error.Reason);
            })
            .Build();
        Admin = new DependentAdminClientBuilder(Producer.Handle).Build();
    }

    /// <summary>Writes messages.</summary>
    public IProducer<byte[], byte[]?> Producer { get; }

    /// <summary>When it was made, a timestamp of the clock.</summary>
    public long MadeAt { get; }

    /// <summary>Asks about topics.</summary>
    public IAdminClient Admin { get; }

    /// <summary>Whether the producer had a fatal error: it refuses every message from then on.</summary>
    public bool IsBroken => _isBroken;

    /// <summary>What the producer is told: the settings win over what it is told here, as they do in silos, but not over the brokers.</summary>
    /// <param name="options">How Kafka is reached.</param>
    /// <returns>librdkafka's settings.</returns>
    internal static ProducerConfig Config(KafkaOptions options)
    {
        var config = EventProducerConfig.Create();
        config.LingerMs = 1;
        config.MessageTimeoutMs = (int)options.DeliveryTimeout.TotalMilliseconds;
        config.SocketNagleDisable = true;
        foreach (var (key, value) in options.Settings)
        {
            config.Set(key, value);
        }

        config.BootstrapServers = options.BootstrapServers;
        return config;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Admin.Dispose();
        Producer.Dispose();
    }
}
