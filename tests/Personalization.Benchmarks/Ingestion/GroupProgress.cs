using System.Diagnostics;
using Confluent.Kafka;
using Personalization.Replay;

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
        using var offsets = new ConsumerGroup(bootstrapServers, group, await KafkaTopic.GetAsync(bootstrapServers, topic, cancellationToken));
        var first = Stopwatch.GetTimestamp();
        while (true)
        {
            check();
            var committed = await CommittedAsync(offsets, cancellationToken);
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

    private static async Task<long> CommittedAsync(ConsumerGroup offsets, CancellationToken cancellationToken)
    {
        try
        {
            return (await offsets.CommittedAsync(cancellationToken)).Sum();
        }
        catch (KafkaUnavailableException)
        {
            return 0;
        }
    }
}
