using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace Personalization.Testing;

/// <summary>librdkafka's mock cluster of one broker, which answers with the errors that a test tells it to.</summary>
public sealed class MockBroker : IDisposable
{
    private const short ApiKeyProduce = 0;
    private const short ApiKeyOffsetCommit = 8;
    private const short ApiKeyFindCoordinator = 10;
    private const short ApiKeyHeartbeat = 12;
    private const int Often = 1_000;
    private const int BrokerId = 1;
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(10);
    private readonly IProducer<Null, Null> _cluster;

    /// <summary>Starts it on a free port.</summary>
    /// <param name="topics">Topics that are there.</param>
    public MockBroker(params string[] topics)
    {
        ArgumentNullException.ThrowIfNull(topics);
        var config = new ProducerConfig { BootstrapServers = "mock" };
        config.Set("test.mock.num.brokers", "1");
        _cluster = new ProducerBuilder<Null, Null>(config).SetLogHandler((_, _) => { }).Build();
        using var admin = new DependentAdminClientBuilder(_cluster.Handle).Build();
        var broker = admin.GetMetadata(StartTimeout).Brokers.Single();
        BootstrapServers = $"{broker.Host}:{broker.Port}";
        foreach (var topic in topics)
        {
            admin.GetMetadata(topic, StartTimeout);
        }
    }

    private delegate IntPtr ClusterOf(IntPtr client);

    private delegate void PushErrors(IntPtr cluster, short apiKey, nuint count, [In] Confluent.Kafka.ErrorCode[] errors);

    private delegate Confluent.Kafka.ErrorCode SetRoundTrip(IntPtr cluster, int brokerId, int milliseconds);

    /// <summary>Where it listens.</summary>
    public string BootstrapServers { get; }

    /// <summary>Refuses the next batch of messages. A producer whose sequence numbers are out of order cannot know what was written: a fatal error.</summary>
    public void RefuseNextBatch() => Answer(ApiKeyProduce, Confluent.Kafka.ErrorCode.OutOfOrderSequenceNumber);

    /// <summary>Does not take the next batches of messages, which the producer does not send again by itself.</summary>
    /// <param name="batches">How many.</param>
    public void DenyBatches(int batches) => Answer(ApiKeyProduce, Confluent.Kafka.ErrorCode.PolicyViolation, batches);

    /// <summary>Does not take the next commits of a group's progress.</summary>
    /// <param name="commits">How many.</param>
    public void DenyCommits(int commits) => Answer(ApiKeyOffsetCommit, Confluent.Kafka.ErrorCode.TopicAuthorizationFailed, commits);

    /// <summary>Lets nobody into a group any more.</summary>
    public void DenyGroups() => Answer(ApiKeyFindCoordinator, Confluent.Kafka.ErrorCode.GroupAuthorizationFailed, Often);

    /// <summary>Has the group's coordinator move, and fails once to say where it is.</summary>
    public void LoseCoordinator()
    {
        Answer(ApiKeyFindCoordinator, Confluent.Kafka.ErrorCode.Unknown);
        Answer(ApiKeyHeartbeat, Confluent.Kafka.ErrorCode.NotCoordinatorForGroup);
    }

    /// <summary>Takes its time for every answer from now on.</summary>
    /// <param name="delay">How long.</param>
    public void AnswerAfter(TimeSpan delay) => Native<SetRoundTrip>("rd_kafka_mock_broker_set_rtt")(Cluster(), BrokerId, (int)delay.TotalMilliseconds);

    /// <inheritdoc/>
    public void Dispose() => _cluster.Dispose();

    // The binding loads one of several builds of librdkafka, whichever suits the machine.
    private static T Native<T>(string name)
        where T : Delegate
    {
        using var process = Process.GetCurrentProcess();
        var library = process.Modules.Cast<ProcessModule>().First(module => module.ModuleName.Contains("librdkafka", StringComparison.Ordinal));
        return Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(NativeLibrary.Load(library.FileName), name));
    }

    private void Answer(short apiKey, Confluent.Kafka.ErrorCode error, int times = 1) =>
        Native<PushErrors>("rd_kafka_mock_push_request_errors_array")(Cluster(), apiKey, (nuint)times, [.. Enumerable.Repeat(error, times)]);

    // The binding keeps librdkafka's own handle to itself.
    private IntPtr Cluster()
    {
        var client = (SafeHandle)typeof(Handle).GetProperty("LibrdkafkaHandle", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(_cluster.Handle)!;
        return Native<ClusterOf>("rd_kafka_handle_mock_cluster")(client.DangerousGetHandle());
    }
}
