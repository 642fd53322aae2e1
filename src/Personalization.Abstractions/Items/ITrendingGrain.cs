namespace Personalization.Items;

/// <summary>Counts what happens to items in the whole cluster. Key 0: one in the cluster; silos report once a second and cache its answers.</summary>
[Alias("personalization.trending-grain")]
public interface ITrendingGrain : IGrainWithIntegerKey
{
    /// <summary>Adds one silo's counts.</summary>
    /// <param name="counts">Counts since the last report.</param>
    /// <returns>Completes when they are counted.</returns>
    [Alias("report")]
    ValueTask Report(ItemCount[] counts);

    /// <summary>Items by how much they rise within the window against the time before, best first.</summary>
    /// <param name="count">How many at most.</param>
    /// <param name="window">Shop time.</param>
    /// <returns>Item and score.</returns>
    [Alias("top")]
    ValueTask<ItemScore[]> Top(int count, TimeSpan window);
}
