using Personalization.Catalog;
using Personalization.Events;
using Personalization.Users;
using Personalization.Validation;

namespace Personalization.Profiles;

/// <summary>Draws a shopper's profile from sums, sequence and catalogue. Thread-safe.</summary>
/// <param name="catalog">The silo's catalogue.</param>
/// <param name="options">Validated options; null: the defaults.</param>
public sealed class ProfileBuilder(IItemCatalog catalog, ProfileOptions? options = null)
{
    private const int MaxNames = 10;
    private readonly ProfileOptions _options = options ?? new ProfileOptions();
    private readonly PriceLevels _prices = new(catalog);

    /// <summary>Draws the profile.</summary>
    /// <param name="userId">The shopper.</param>
    /// <param name="version">Version of the state, or null.</param>
    /// <param name="totals">Sums over the shopper's life.</param>
    /// <param name="sequence">The stored events, oldest first.</param>
    /// <param name="now">Shop time.</param>
    /// <returns>The profile; only id and version for a shopper nothing was heard of.</returns>
    public UserProfile Build(string userId, string? version, UserTotals totals, IReadOnlyList<StoredEvent> sequence, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(totals);
        ArgumentNullException.ThrowIfNull(sequence);
        return new UserProfile
        {
            UserId = userId,
            Version = version,
            Counts = Enum.GetValues<EventType>().Where(type => totals[type] > 0)
                .ToDictionary(EventTypeNames.Of, type => totals[type], StringComparer.Ordinal),
            SequenceLength = sequence.Count,
            FirstSeen = totals.FirstSeen,
            LastSeen = totals.LastSeen,
            RecencyDays = totals.LastSeen is { } last ? Math.Max(0, (now - last).TotalDays) : null,
            TopCategories = Taste.Top(catalog, sequence, now, _options.TasteHalfLife, MaxNames, item => item.Categories),
            TopBrands = Taste.Top(catalog, sequence, now, _options.TasteHalfLife, MaxNames, item => item.Brand is { } brand ? [brand] : []),
            PriceLevel = PriceLevel(sequence, now),
            Spend = totals.Spend,
            Segments = Segments.Of(_options, totals, sequence, now),
        };
    }

    // The price paid where it is known, the catalogue's otherwise; weighed like categories.
    private string? PriceLevel(IReadOnlyList<StoredEvent> sequence, DateTimeOffset now)
    {
        double sum = 0, weights = 0;
        foreach (var action in sequence)
        {
            var weight = Taste.WeightOf(action.Type) * Taste.Decay(now - action.Timestamp, _options.TasteHalfLife);
            var price = action.Price ?? (catalog.TryGet(action.ItemId, out var item) ? item.Price : null);
            if (weight > 0 && price is { } known)
            {
                sum += weight * (double)known;
                weights += weight;
            }
        }

        return weights > 0 ? _prices.Of((decimal)(sum / weights)) : null;
    }
}
