namespace Personalization.Items;

/// <summary>Answers about items from the silo's own copy of the catalogue. Any key: a client keeps to a silo for each; a stateless worker on every user silo.</summary>
[Alias("personalization.catalog-grain")]
public interface ICatalogGrain : IGrainWithIntegerKey
{
    /// <summary>One item, or null.</summary>
    /// <param name="itemId">The item.</param>
    /// <returns>The item, or null when it is not in the catalogue.</returns>
    [Alias("get")]
    ValueTask<Item?> Get(string itemId);

    /// <summary>Related items, best first.</summary>
    /// <param name="itemId">The item.</param>
    /// <param name="count">1-100.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The list; null when the item is neither in the catalogue nor in the model.</returns>
    [Alias("similar")]
    ValueTask<ItemList?> Similar(string itemId, int count, CancellationToken cancellationToken);

    /// <summary>What rises now, best first; the catalogue's order when nothing was seen yet.</summary>
    /// <param name="count">1-100.</param>
    /// <param name="window">How far "now" reaches back in shop time; lengthened to the next of a few that all callers share, a minute to <see cref="TrendingWindow.Longest"/>, which a longer one is answered as.</param>
    /// <param name="category">Only this category, or null.</param>
    /// <returns>The list.</returns>
    [Alias("trending")]
    ValueTask<ItemList> Trending(int count, TimeSpan window, string? category);

    /// <summary>The categories of available items with their item counts, largest first.</summary>
    /// <returns>Name and count.</returns>
    [Alias("categories")]
    ValueTask<CategoryCount[]> Categories();
}
