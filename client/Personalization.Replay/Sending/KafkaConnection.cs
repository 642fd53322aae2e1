using Confluent.Kafka;

namespace Personalization.Replay;

/// <summary>How Kafka is reached: its brokers, and what else its clients are told, for instance for TLS and SASL.</summary>
public sealed class KafkaConnection
{
    /// <summary>Describes a connection; connects nowhere.</summary>
    /// <param name="bootstrapServers">Brokers, <c>host:port</c>, comma separated.</param>
    /// <param name="settings">librdkafka's settings; they win over what a client sets by itself. Null: none.</param>
    public KafkaConnection(string bootstrapServers, IReadOnlyDictionary<string, string>? settings = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(bootstrapServers);
        BootstrapServers = bootstrapServers;
        Settings = settings ?? new Dictionary<string, string>(StringComparer.Ordinal);
    }

    /// <summary>Brokers, <c>host:port</c>, comma separated.</summary>
    public string BootstrapServers { get; }

    /// <summary>librdkafka's settings; some are secrets.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>A connection that needs no settings.</summary>
    /// <param name="bootstrapServers">Brokers, <c>host:port</c>, comma separated.</param>
    public static implicit operator KafkaConnection(string bootstrapServers) => new(bootstrapServers);

    /// <summary>Makes a client.</summary>
    /// <param name="config">What it sets by itself.</param>
    /// <param name="build">Makes it.</param>
    /// <typeparam name="TConfig">Kind of its configuration.</typeparam>
    /// <typeparam name="TClient">Kind of client.</typeparam>
    /// <returns>The client.</returns>
    /// <exception cref="KafkaSettingsException">librdkafka refuses a setting.</exception>
    internal TClient Open<TConfig, TClient>(TConfig config, Func<TConfig, TClient> build)
        where TConfig : ClientConfig
    {
        foreach (var (key, value) in Settings)
        {
            config.Set(key, value);
        }

        config.BootstrapServers = BootstrapServers;
        try
        {
            return build(config);
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            throw new KafkaSettingsException($"Kafka's client refuses its settings: {exception.Message.TrimEnd('.')}.", exception);
        }
    }
}
