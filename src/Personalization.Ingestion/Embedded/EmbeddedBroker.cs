using Confluent.Kafka;
using Personalization.Events;

namespace Personalization.Ingestion;

/// <summary>
/// A Kafka broker inside this process, for a first look and for tests: librdkafka's mock cluster, which speaks the same protocol to the same
/// clients. It keeps about 5 MB per partition (the oldest messages go first, read or not) and nothing on disk; a restart is empty and every
/// topic gets another identity. Topics are made at the start, with four partitions; another one for a client that has the broker create what it
/// asks for, as ours do not. It does not compact and cannot create, alter or delete topics on request. Never use it for data that matters.
/// </summary>
public sealed class EmbeddedBroker : IDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(10);
    private readonly IProducer<Null, Null> _cluster;

    private EmbeddedBroker(IProducer<Null, Null> cluster, string bootstrapServers)
    {
        _cluster = cluster;
        BootstrapServers = bootstrapServers;
    }

    /// <summary>Where it listens, <c>127.0.0.1:port</c>.</summary>
    public string BootstrapServers { get; }

    /// <summary>A fresh identity for this start, for <see cref="IngestionOptions.Epoch"/>.</summary>
    public string Epoch { get; } = "embedded-" + Guid.NewGuid().ToString("N");

    /// <summary>Starts a broker on a free port of the loopback interface.</summary>
    /// <param name="topics">Topics to create at once, so that consumers need not wait for the first message; none: the contract's four.</param>
    /// <returns>The running broker.</returns>
    /// <exception cref="KafkaException">It did not come up within ten seconds.</exception>
    public static EmbeddedBroker Start(params IEnumerable<string> topics)
    {
        string[] wanted = [.. topics];
        var config = new ProducerConfig { BootstrapServers = "embedded", AllowAutoCreateTopics = true };
        config.Set("test.mock.num.brokers", "1");
        var cluster = new ProducerBuilder<Null, Null>(config).SetLogHandler((_, _) => { }).Build();
        try
        {
            using var admin = new DependentAdminClientBuilder(cluster.Handle).Build();
            var broker = admin.GetMetadata(StartTimeout).Brokers.Single();
            foreach (var topic in wanted.Length > 0 ? wanted : [Topics.Clickstream, Topics.DeadLetter, Topics.Items, Topics.ChurnWarnings])
            {
                admin.GetMetadata(topic, StartTimeout);
            }

            return new EmbeddedBroker(cluster, $"{broker.Host}:{broker.Port}");
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    /// <summary>Points options at this broker.</summary>
    /// <param name="options">The options to change.</param>
    public void Configure(IngestionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.BootstrapServers = BootstrapServers;
        options.Epoch = Epoch;
        options.CreateTopics = false;
        options.Protocol = ConsumerProtocol.Classic;

        // It answers a fetch that found nothing only when the wait is over, whatever arrives meanwhile.
        options.ConsumerSettings["fetch.wait.max.ms"] = "20";
    }

    /// <summary>Stops it; everything in it is gone.</summary>
    public void Dispose() => _cluster.Dispose();
}
