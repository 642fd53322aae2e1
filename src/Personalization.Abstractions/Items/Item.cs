namespace Personalization.Items;

/// <summary>One product of the shop: the value of the compacted topic <c>items</c> (key = <see cref="ItemId"/>).</summary>
[GenerateSerializer]
[Immutable]
[Alias("personalization.item")]
public sealed record Item
{
    /// <summary>1-128 characters, no control characters.</summary>
    [Id(0)]
    public required string ItemId { get; init; }

    /// <summary>What the shopper reads, 1-512 characters.</summary>
    [Id(1)]
    public required string Title { get; init; }

    /// <summary>Category names, the main one first; at most 16.</summary>
    [Id(2)]
    public string[] Categories { get; init; } = [];

    /// <summary>Brand, if any.</summary>
    [Id(3)]
    public string? Brand { get; init; }

    /// <summary>Price of one piece in the shop's currency, if known.</summary>
    [Id(4)]
    public decimal? Price { get; init; }

    /// <summary>Whether it may be recommended. Default true.</summary>
    [Id(5)]
    public bool Available { get; init; } = true;

    /// <summary>The shop's own facts, name to text; at most 32.</summary>
    [Id(6)]
    public Dictionary<string, string> Attributes { get; init; } = [];
}
