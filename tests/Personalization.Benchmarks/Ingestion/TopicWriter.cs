using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Personalization.Replay;

namespace Personalization.Benchmarks.Ingestion;

/// <summary>Fills the topic: the same events for every contender, made from a seed.</summary>
internal static class TopicWriter
{
    private const int Items = 12_000;
    private static readonly string[] Types = ["view", "click", "add_to_cart", "purchase"];

    /// <summary>Writes and waits until the broker has all of it.</summary>
    /// <param name="rig">The servers.</param>
    /// <param name="options">How many events, of whom.</param>
    /// <param name="log">Told the progress.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Completes when all is acknowledged.</returns>
    public static async Task WriteAsync(Rig rig, IngestionOptions options, Action<string> log, CancellationToken cancellationToken)
    {
        using var producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig
        {
            BootstrapServers = rig.Kafka.BootstrapServers,
            LingerMs = 20,
            BatchSize = 262_144,
            CompressionType = CompressionType.Lz4,
            Partitioner = Partitioner.Murmur2Random,
            QueueBufferingMaxMessages = 1_000_000,
        }).Build();
        var random = new Random(7);
        var users = new ZipfSampler(options.Users, options.Zipf);
        var firstTimestamp = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() - options.Events;
        Error? failure = null;
        for (long i = 0; i < options.Events; i++)
        {
            var user = "u" + users.Next(random).ToString(CultureInfo.InvariantCulture);
            var value = string.Create(
                CultureInfo.InvariantCulture,
                $$"""{"eventId":"e{{i}}","userId":"{{user}}","itemId":"i{{random.Next(Items)}}","type":"{{Types[random.Next(Types.Length)]}}","timestamp":{{firstTimestamp + i}}}""");
            while (!TrySend(producer, user, value, report => failure = report.Error.IsError ? report.Error : failure))
            {
                await Task.Delay(10, cancellationToken);
            }

            if (i % 100_000 == 0)
            {
                log($"topic: {i:N0} of {options.Events:N0} events written");
            }
        }

        producer.Flush(cancellationToken);
        if (failure is not null)
        {
            throw new KafkaException(failure);
        }
    }

    private static bool TrySend(IProducer<byte[], byte[]> producer, string user, string value, Action<DeliveryReport<byte[], byte[]>> delivered)
    {
        try
        {
            producer.Produce(Rig.Topic, new Message<byte[], byte[]> { Key = Encoding.UTF8.GetBytes(user), Value = Encoding.UTF8.GetBytes(value) }, delivered);
            return true;
        }
        catch (ProduceException<byte[], byte[]> exception) when (exception.Error.Code == Confluent.Kafka.ErrorCode.Local_QueueFull)
        {
            return false;
        }
    }
}
