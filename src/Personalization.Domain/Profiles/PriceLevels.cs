using Personalization.Catalog;

namespace Personalization.Profiles;

/// <summary>The thirds of the catalogue's prices, built once per catalogue revision. Thread-safe.</summary>
internal sealed class PriceLevels(IItemCatalog catalog)
{
    private Thirds? _thirds;

    /// <summary>Where a price lies; null while the catalogue has fewer than three prices.</summary>
    public string? Of(decimal price)
    {
        var thirds = Volatile.Read(ref _thirds);
        if (thirds is null || thirds.Revision != catalog.Revision)
        {
            thirds = Build();
            Volatile.Write(ref _thirds, thirds);
        }

        return thirds.Count < 3 ? null
            : price <= thirds.Lower ? "low"
            : price <= thirds.Upper ? "middle"
            : "high";
    }

    private Thirds Build()
    {
        var revision = catalog.Revision;
        var prices = catalog.Snapshot().Where(item => item is { Available: true, Price: not null }).Select(item => item.Price!.Value).Order().ToArray();
        return prices.Length < 3
            ? new Thirds(revision, prices.Length, 0, 0)
            : new Thirds(revision, prices.Length, prices[(prices.Length / 3) - 1], prices[(2 * prices.Length / 3) - 1]);
    }

    private sealed record Thirds(long Revision, int Count, decimal Lower, decimal Upper);
}
