using System.Collections.Concurrent;
using Personalization.Catalog;
using Personalization.Events;
using Personalization.Items;
using Personalization.Recommendations;

namespace Personalization.Ranking;

/// <summary>
/// What is said of an item because of a shopper's action on another one. The same few actions explain most places of all shelves: what was said before
/// is said again and not written anew, which would be most of what a shelf leaves behind in memory. Thread-safe.
/// </summary>
internal sealed class Causes(IItemCatalog catalog)
{
    private const int MostKept = 32_768;

    private readonly ConcurrentDictionary<(EventType Type, string ItemId, bool Itself), (Item? Item, Reason Reason)> _said = new();

    /// <summary>The reason that an action is.</summary>
    /// <param name="type">What was done.</param>
    /// <param name="itemId">With what.</param>
    /// <param name="itself">Whether it is the item that is to be explained.</param>
    /// <returns>The reason; null when such an action explains nothing.</returns>
    public Reason? Of(EventType type, string itemId, bool itself)
    {
        catalog.TryGet(itemId, out var item);
        if (_said.TryGetValue((type, itemId, itself), out var said) && ReferenceEquals(said.Item, item))
        {
            return said.Reason;
        }

        if (Text(type, itself ? "this" : item?.Title ?? itemId) is not { } text)
        {
            return null;
        }

        if (_said.Count >= MostKept)
        {
            _said.Clear();
        }

        var reason = new Reason("because_of_action", [itemId], text);
        _said[(type, itemId, itself)] = (item, reason);
        return reason;
    }

    private static string? Text(EventType type, string title) => type switch
    {
        EventType.View => $"Because you viewed {title}",
        EventType.Click => $"Because you looked at {title}",
        EventType.AddToCart => $"Because you added {title} to your cart",
        EventType.Purchase => $"Because you bought {title}",
        _ => null,
    };
}
