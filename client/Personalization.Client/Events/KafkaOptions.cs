using System.ComponentModel.DataAnnotations;

namespace Personalization.Client;

/// <summary>How Kafka is reached, by what sends events and items and by a gateway that reads churn warnings. Section <c>Personalization:Kafka</c>, shared with the silos.</summary>
public sealed class KafkaOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Personalization:Kafka";

    /// <summary>Kafka. Default <c>localhost:9092</c>.</summary>
    [Required]
    public string BootstrapServers { get; set; } = "localhost:9092";

    /// <summary>Topic of events.</summary>
    [Required]
    public string ClickstreamTopic { get; set; } = Personalization.Events.Topics.Clickstream;

    /// <summary>Topic of items.</summary>
    [Required]
    public string ItemsTopic { get; set; } = Personalization.Events.Topics.Items;

    /// <summary>Topic of churn warnings.</summary>
    [Required]
    public string ChurnWarningsTopic { get; set; } = Personalization.Events.Topics.ChurnWarnings;

    /// <summary>Identity of the topic for a broker that cannot say it (the embedded one), 1-64 of <c>A-Z a-z 0-9 - _</c>; null: asked of Kafka.</summary>
    [RegularExpression("^[A-Za-z0-9_-]{1,64}$")]
    public string? Epoch { get; set; }

    /// <summary>How long an event may take to be acknowledged. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan DeliveryTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Further librdkafka settings, for instance for SASL and TLS.</summary>
    public Dictionary<string, string> Settings { get; set; } = [];
}
