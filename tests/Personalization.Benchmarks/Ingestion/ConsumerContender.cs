using System.Diagnostics;
using Confluent.Kafka;

namespace Personalization.Benchmarks.Ingestion;

/// <summary>The raw limit of the client library: consume, look at nothing, commit.</summary>
internal static class ConsumerContender
{
    /// <summary>Runs once.</summary>
    /// <param name="rig">The servers.</param>
    /// <param name="events">Events in the topic.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The result.</returns>
    public static Measurement Run(Rig rig, long events, CancellationToken cancellationToken)
    {
        var meter = new CpuMeter();
        meter.Add("consumer", Environment.ProcessId);
        meter.Add("kafka", rig.Kafka.ProcessId);
        var config = new ConsumerConfig
        {
            BootstrapServers = rig.Kafka.BootstrapServers,
            GroupId = "raw-" + Guid.NewGuid().ToString("N"),
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
        };
        using var consumer = new ConsumerBuilder<byte[], byte[]>(config).Build();
        consumer.Subscribe(Rig.Topic);
        long seen = 0, first = 0, bytes = 0;
        while (seen < events)
        {
            if (consumer.Consume(cancellationToken) is not { } record)
            {
                continue;
            }

            if (seen++ == 0)
            {
                meter.Start();
                first = Stopwatch.GetTimestamp();
            }

            bytes += record.Message.Value.Length;
        }

        consumer.Commit();
        var seconds = Stopwatch.GetElapsedTime(first).TotalSeconds;
        return new Measurement("consumer", events / seconds, meter.PerEvent(events), $"{bytes / (double)events:0} bytes an event");
    }
}
