using System.ComponentModel.DataAnnotations;

namespace Personalization.Ingestion;

/// <summary>How the cluster talks to Kafka. Configuration section <see cref="Section"/>; validated at start.</summary>
public sealed class IngestionOptions
{
    /// <summary>The configuration section these options are bound to.</summary>
    public const string Section = "Personalization:Kafka";

    /// <summary>Brokers to start from, <c>host:port</c>, comma separated.</summary>
    /// <value>Default <c>localhost:9092</c>.</value>
    [Required]
    public string BootstrapServers { get; set; } = "localhost:9092";

    /// <summary>Topic of behaviour events.</summary>
    [Required]
    public string ClickstreamTopic { get; set; } = Personalization.Events.Topics.Clickstream;

    /// <summary>Topic of refused events.</summary>
    [Required]
    public string DeadLetterTopic { get; set; } = Personalization.Events.Topics.DeadLetter;

    /// <summary>Compacted topic of the catalogue.</summary>
    [Required]
    public string ItemsTopic { get; set; } = Personalization.Events.Topics.Items;

    /// <summary>Topic of churn warnings.</summary>
    [Required]
    public string ChurnWarningsTopic { get; set; } = Personalization.Events.Topics.ChurnWarnings;

    /// <summary>Consumer group of the cluster: all silos with the ingestion role share it.</summary>
    [Required]
    public string GroupId { get; set; } = "personalization";

    /// <summary>Group protocol. Changing it needs an empty group.</summary>
    /// <value>Default <see cref="ConsumerProtocol.Classic"/>.</value>
    public ConsumerProtocol Protocol { get; set; } = ConsumerProtocol.Classic;

    /// <summary>Events of one poll at most; a lone event is never held back for more.</summary>
    [Range(1, 100_000)]
    public int MaxPollEvents { get; set; } = 1_000;

    /// <summary>Events of one call to a user's grain at most.</summary>
    [Range(1, 10_000)]
    public int MaxAppendEvents { get; set; } = 256;

    /// <summary>Events that are read but not yet durable, at most (one poll may exceed it by one event). Then reading stops.</summary>
    [Range(1, 10_000_000)]
    public int MaxInFlightEvents { get; set; } = 500_000;

    /// <summary>
    /// Bytes of keys and values that are read but not yet in their users' sequences, at most: what reads of these users have to wait for. Then reading stops. Those of
    /// users whose rows cannot be written are counted apart, up to as many again: a partition with its share of them is read no further until they can.
    /// </summary>
    [Range(1_024, long.MaxValue)]
    public long MaxInFlightBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>
    /// Events of a partition from the oldest one on that is not durable yet, at most (a poll may exceed it). One that cannot be stored, for instance because only
    /// a newer release can read its user's row, keeps those behind it from being committed: then the partition is read no further until it is. Each
    /// takes about 10 bytes, and is read again after a restart. Default 1,000,000.
    /// </summary>
    [Range(1, 100_000_000)]
    public int MaxOpenOffsets { get; set; } = 1_000_000;

    /// <summary>KiB that the client fetches ahead of <see cref="MaxInFlightBytes"/> at most.</summary>
    [Range(64, 1_048_576)]
    public int PrefetchKilobytes { get; set; } = 16 * 1024;

    /// <summary>How often progress is committed: what is replayed after a crash at most. Default 200 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:05:00")]
    public TimeSpan CommitInterval { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a revoked partition or a stopping silo waits for events in flight. What is not durable by then is read again by the next owner.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:02:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>First delay before a failed call is repeated; it doubles up to <see cref="MaxRetryDelay"/>.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest delay between repetitions.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the clickstream topic is checked for having been recreated.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan TopicCheckInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Identity of the clickstream topic where the broker has none to tell (before Kafka 2.8): 1-64 of <c>A-Z a-z 0-9 - _</c>, to be
    /// changed by hand whenever the topic is recreated. Null: the broker's topic id.
    /// </summary>
    [RegularExpression("^[A-Za-z0-9_-]{1,64}$")]
    public string? Epoch { get; set; }

    /// <summary>Whether missing topics are created.</summary>
    public bool CreateTopics { get; set; } = true;

    /// <summary>Partitions of a topic that is created.</summary>
    [Range(1, 10_000)]
    public int Partitions { get; set; } = 8;

    /// <summary>Replicas of a topic that is created; -1: the broker's default.</summary>
    [Range(-1, 100)]
    public short ReplicationFactor { get; set; } = -1;

    /// <summary>
    /// For a replay of the past: shop time follows the stream, so each event's timestamp moves a registered <see cref="Time.ReplayClock"/>
    /// before anything is judged by it, and only what lies ahead of the real clock is refused. Without such a clock it changes nothing.
    /// </summary>
    public bool AdvanceClock { get; set; }

    /// <summary>librdkafka settings of every client, for instance <c>security.protocol</c>, <c>sasl.mechanism</c>, <c>ssl.ca.location</c>.</summary>
    public Dictionary<string, string> Settings { get; set; } = [];

    /// <summary>librdkafka settings of consumers alone.</summary>
    public Dictionary<string, string> ConsumerSettings { get; set; } = [];

    /// <summary>librdkafka settings of producers alone.</summary>
    public Dictionary<string, string> ProducerSettings { get; set; } = [];
}
