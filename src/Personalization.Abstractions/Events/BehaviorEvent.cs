using System.Text.Json.Serialization;

namespace Personalization.Events;

/// <summary>
/// One thing a shopper did: the value of topic <c>clickstream</c> (key = <see cref="UserId"/>, UTF-8) and of <c>POST /v1/events</c>.
/// Instances are valid: they are made by the event parser, which names the field of every fault.
/// </summary>
[GenerateSerializer]
[Immutable]
[Alias("personalization.event")]
public sealed record BehaviorEvent
{
    /// <summary>Identifies the event for the detection of producers' retries. 1-128 characters.</summary>
    [Id(0)]
    public required string EventId { get; init; }

    /// <summary>The shopper. 1-128 characters, no control characters.</summary>
    [Id(1)]
    public required string UserId { get; init; }

    /// <summary>The item. 1-128 characters, no control characters.</summary>
    [Id(2)]
    public required string ItemId { get; init; }

    /// <summary>What was done.</summary>
    [Id(3)]
    public required EventType Type { get; init; }

    /// <summary>When it was done, UTC, to the millisecond.</summary>
    [Id(4)]
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The visit it belongs to, if known.</summary>
    [Id(5)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SessionId { get; init; }

    /// <summary>Pieces, at least 1, if known.</summary>
    [Id(6)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Quantity { get; init; }

    /// <summary>Price of one piece in the shop's currency, at least 0, if known.</summary>
    [Id(7)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public decimal? Price { get; init; }

    /// <summary>The recommendation that led to it, if any.</summary>
    [Id(8)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RecommendationId { get; init; }

    /// <summary>The caller's own JSON object, at most 4 KiB, kept as text.</summary>
    [Id(9)]
    [JsonConverter(typeof(RawJsonConverter))]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Properties { get; init; }
}
