using Personalization.Events;
using Personalization.Users;

namespace Personalization.Ranking;

/// <summary>What the ranking needs to know of a sequence, read once.</summary>
internal sealed class ShopperHistory
{
    private readonly HashSet<string> _recent = new(StringComparer.Ordinal);
    private readonly HashSet<string> _hidden = new(StringComparer.Ordinal);
    private readonly HashSet<string> _bought = new(StringComparer.Ordinal);

    public ShopperHistory(IReadOnlyList<StoredEvent> sequence, DateTimeOffset now, TimeSpan recentWindow)
    {
        foreach (var action in sequence)
        {
            switch (action.Type)
            {
                case EventType.Hide: _hidden.Add(action.ItemId); break;
                case EventType.Purchase: _hidden.Remove(action.ItemId); _bought.Add(action.ItemId); break;
                case EventType.AddToCart: _hidden.Remove(action.ItemId); break;
                case EventType.Cancel: _bought.Remove(action.ItemId); break;
                default: break;
            }

            if (recentWindow > TimeSpan.Zero && action.Type != EventType.Impression && now - action.Timestamp < recentWindow)
            {
                _recent.Add(action.ItemId);
            }
        }
    }

    /// <summary>Items hidden and neither bought nor put into the cart since.</summary>
    public IReadOnlySet<string> Hidden => _hidden;

    /// <summary>Items acted on (being shown is no action) within the recent window.</summary>
    public IReadOnlySet<string> Recent => _recent;

    public bool Bought(string itemId) => _bought.Contains(itemId);
}
