using Personalization.Events;
using Personalization.Users;

namespace Personalization.Ranking;

/// <summary>What the ranking needs to know of a sequence, read once.</summary>
internal sealed class ShopperHistory
{
    private static readonly HashSet<string> None = [];

    private HashSet<string>? _recent;
    private HashSet<string>? _hidden;
    private HashSet<string>? _bought;

    public ShopperHistory(IReadOnlyList<StoredEvent> sequence, DateTimeOffset now, TimeSpan recentWindow)
    {
        for (var i = 0; i < sequence.Count; i++)
        {
            var action = sequence[i];
            switch (action.Type)
            {
                case EventType.Hide: Add(ref _hidden, action.ItemId, 0); break;
                case EventType.Purchase: _hidden?.Remove(action.ItemId); Add(ref _bought, action.ItemId, 0); break;
                case EventType.AddToCart: _hidden?.Remove(action.ItemId); break;
                case EventType.Cancel: _bought?.Remove(action.ItemId); break;
                default: break;
            }

            if (recentWindow > TimeSpan.Zero && action.Type != EventType.Impression && now - action.Timestamp < recentWindow)
            {
                Add(ref _recent, action.ItemId, sequence.Count);
            }
        }
    }

    /// <summary>Items hidden and neither bought nor put into the cart since.</summary>
    public IReadOnlySet<string> Hidden => _hidden ?? None;

    /// <summary>Items acted on (being shown is no action) within the recent window.</summary>
    public IReadOnlySet<string> Recent => _recent ?? None;

    public bool IsHidden(string itemId) => _hidden?.Contains(itemId) == true;

    public bool IsRecent(string itemId) => _recent?.Contains(itemId) == true;

    public bool Bought(string itemId) => _bought?.Contains(itemId) == true;

    private static void Add(ref HashSet<string>? set, string itemId, int capacity) =>
        (set ??= new HashSet<string>(capacity, StringComparer.Ordinal)).Add(itemId);
}
