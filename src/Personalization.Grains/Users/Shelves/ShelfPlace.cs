using Personalization.Items;
using Personalization.Recommendations;

namespace Personalization.Users;

/// <summary>One place of a shelf that is kept.</summary>
/// <param name="ItemId">The item.</param>
/// <param name="Score">The model's probability.</param>
/// <param name="Reason">Why it is there.</param>
/// <param name="Item">The catalogue's entry, where it was asked for.</param>
internal readonly record struct ShelfPlace(string ItemId, double Score, Reason Reason, Item? Item)
{
    /// <summary>What is kept of an item.</summary>
    /// <param name="item">The item.</param>
    /// <returns>The place.</returns>
    public static ShelfPlace Of(RecommendedItem item) => new(item.ItemId, item.Score, item.Reason, item.Item);

    /// <summary>The item again.</summary>
    /// <returns>A new one.</returns>
    public RecommendedItem ToItem() => new() { ItemId = ItemId, Score = Score, Reason = Reason, Item = Item };
}
