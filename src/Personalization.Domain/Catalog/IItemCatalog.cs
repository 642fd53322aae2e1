using System.Diagnostics.CodeAnalysis;
using Personalization.Items;

namespace Personalization.Catalog;

/// <summary>A silo's copy of the shop's catalogue, fed from topic <c>items</c>. Thread-safe; reads never block.</summary>
public interface IItemCatalog
{
    /// <summary>Number of items, available or not.</summary>
    int Count { get; }

    /// <summary>Rises with every change; a cache of anything derived from the catalogue compares it.</summary>
    long Revision { get; }

    /// <summary>Whether the feed has reached the end of the topic once, so that the copy is whole.</summary>
    bool IsLoaded { get; }

    /// <summary>
    /// Whether what the catalogue does not know is kept off every shelf. Not while the copy is on its way, nor for a shop that feeds no catalogue: their shelves
    /// would be empty.
    /// </summary>
    bool Decides => IsLoaded && Count > 0;

    /// <summary>Categories that have items, as of now and in no order.</summary>
    IEnumerable<string> Categories { get; }

    /// <summary>Says what changed, for who keeps something derived from the catalogue and need not look at all of it again.</summary>
    /// <param name="since">A revision; what changed after it is wanted.</param>
    /// <param name="itemIds">Gets the items, changed or removed, one more than once if it changed more than once.</param>
    /// <returns>False where that is longer ago than is remembered: then any item may have changed.</returns>
    bool TryGetChanges(long since, ICollection<string> itemIds);

    /// <summary>Looks an item up.</summary>
    /// <param name="itemId">The item.</param>
    /// <param name="item">The item, if known.</param>
    /// <returns>Whether it is known.</returns>
    bool TryGet(string itemId, [NotNullWhen(true)] out Item? item);

    /// <summary>Whether shoppers may be shown an item: it is available, and the operator does not keep it or its category off every shelf.</summary>
    /// <param name="item">The item.</param>
    /// <returns>Whether they may.</returns>
    bool Offers(Item item);

    /// <summary>All items in the catalogue's order (the order in which they were first added), as of now.</summary>
    /// <returns>A snapshot that later changes do not touch.</returns>
    IReadOnlyList<Item> Snapshot();

    /// <summary>Items of a category in the catalogue's order, as of now.</summary>
    /// <param name="category">The category.</param>
    /// <returns>Empty for an unknown category; the same list until one of its items changes.</returns>
    IReadOnlyList<Item> InCategory(string category);
}
