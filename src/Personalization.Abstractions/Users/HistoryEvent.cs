using Personalization.Events;

namespace Personalization.Users;

/// <summary>One stored event. The sequence keeps what the model and the profile need; free-form properties stay in the stream.</summary>
[GenerateSerializer]
[Immutable]
[Alias("personalization.history-event")]
public sealed record HistoryEvent
{
    /// <summary>The item.</summary>
    [Id(0)]
    public required string ItemId { get; init; }

    /// <summary>What was done.</summary>
    [Id(1)]
    public required EventType Type { get; init; }

    /// <summary>When.</summary>
    [Id(2)]
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>Pieces, if known.</summary>
    [Id(3)]
    public int? Quantity { get; init; }

    /// <summary>Price of one piece, if known.</summary>
    [Id(4)]
    public decimal? Price { get; init; }

    /// <summary>The event's place in the stream: its version token.</summary>
    [Id(5)]
    public required string Position { get; init; }
}
