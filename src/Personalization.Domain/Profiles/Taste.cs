using Personalization.Catalog;
using Personalization.Events;
using Personalization.Items;
using Personalization.Users;

namespace Personalization.Profiles;

/// <summary>How much a shopper's actions speak for something: by what was done and how long ago.</summary>
internal static class Taste
{
    /// <summary>Weight of an action; what speaks against an item, or says nothing, weighs 0.</summary>
    public static double WeightOf(EventType type) => type switch
    {
        EventType.View => 1,
        EventType.Click => 1,
        EventType.AddToCart => 3,
        EventType.Purchase => 5,
        _ => 0,
    };

    /// <summary>Weighs the names that items carry; best first, shares sum to 1.</summary>
    public static WeightedName[] Top(
        IItemCatalog catalog,
        IReadOnlyList<StoredEvent> sequence,
        DateTimeOffset now,
        TimeSpan halfLife,
        int count,
        Func<Item, IEnumerable<string>> namesOf)
    {
        var weights = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var action in sequence)
        {
            var weight = WeightOf(action.Type);
            if (weight > 0 && catalog.TryGet(action.ItemId, out var item))
            {
                var decayed = weight * Decay(now - action.Timestamp, halfLife);
                foreach (var name in namesOf(item))
                {
                    weights[name] = weights.GetValueOrDefault(name) + decayed;
                }
            }
        }

        var top = weights.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Take(count).ToArray();
        var sum = top.Sum(pair => pair.Value);
        return sum > 0 ? [.. top.Select(pair => new WeightedName(pair.Key, pair.Value / sum))] : [];
    }

    public static double Decay(TimeSpan age, TimeSpan halfLife) => Math.Pow(0.5, Math.Max(0, age / halfLife));
}
