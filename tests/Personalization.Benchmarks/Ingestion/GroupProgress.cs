using System.Diagnostics;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Personalization.Benchmarks.Ingestion;

/// <summary>Watches a consumer group from its first assignment to the commit of the last offset.</summary>
internal sealed class GroupProgress(string bootstrapServers, string topic, string group)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    /// <summary>Waits for the first assignment, then for the last commit.</summary>
    /// <param name="events">Events in the topic.</param>
    /// <param name="started">Called at the first assignment.</param>
    /// <param name="progress">Told the committed events.</param>
    /// <param name="check">Throws when there is no point in waiting.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Seconds between the two.</returns>
    public async Task<double> RunAsync(long events, Action started, Action<long> progress, Action check, CancellationToken cancellationToken)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrapServers }).SetLogHandler((_, _) => { }).Build();
        var began = Stopwatch.GetTimestamp();
        while (!await IsAssignedAsync(admin))
        {
            check();
            await Task.Delay(20, cancellationToken);
        }

        started();
        var first = Stopwatch.GetTimestamp();
        while (true)
        {
            check();
            var committed = await CommittedAsync(admin);
            progress(committed);
            if (committed >= events)
            {
                return Stopwatch.GetElapsedTime(first).TotalSeconds;
            }

            if (Stopwatch.GetElapsedTime(began) > Patience)
            {
                throw new TimeoutException($"{committed:N0} of {events:N0} events were committed after {Patience}.");
            }

            await Task.Delay(100, cancellationToken);
        }
    }

    private async Task<bool> IsAssignedAsync(IAdminClient admin)
    {
        try
        {
            var described = await admin.DescribeConsumerGroupsAsync([group]);
            return described.ConsumerGroupDescriptions[0].Members.Any(member => member.Assignment.TopicPartitions.Count > 0);
        }
        catch (KafkaException)
        {
            return false;
        }
    }

    private async Task<long> CommittedAsync(IAdminClient admin)
    {
        var partitions = admin.GetMetadata(topic, TimeSpan.FromSeconds(10)).Topics[0].Partitions.Select(partition => new TopicPartition(topic, partition.PartitionId)).ToList();
        try
        {
            var answers = await admin.ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions(group, partitions)]);
            return answers[0].Partitions.Sum(partition => partition.Offset.IsSpecial ? 0 : partition.Offset.Value);
        }
        catch (KafkaException)
        {
            return 0;
        }
    }
}
