using System.Text.Json.Serialization;
using Personalization.Items;

namespace Personalization.Recommendations;

/// <summary>One place of a list.</summary>
[GenerateSerializer]
[Immutable]
[Alias("personalization.recommended-item")]
public sealed record RecommendedItem
{
    /// <summary>The item.</summary>
    [Id(0)]
    public required string ItemId { get; init; }

    /// <summary>From the model: probability of being next (0-1). Otherwise only the order has a meaning.</summary>
    [Id(1)]
    public double Score { get; init; }

    /// <summary>Why it is here.</summary>
    [Id(2)]
    public required Reason Reason { get; init; }

    /// <summary>The catalogue's entry, when asked for with <c>include=items</c> and known.</summary>
    [Id(3)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Item? Item { get; init; }
}
