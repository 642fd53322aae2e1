using Personalization.Recommendations;

namespace Personalization.Users;

/// <summary>What of a question decides what its shelf looks like.</summary>
/// <param name="Count">Places.</param>
/// <param name="IncludeItems">Whether the catalogue's entries are wanted.</param>
/// <param name="Categories">Only items of these; empty: of all.</param>
/// <param name="ExcludeItems">Items that are not wanted.</param>
internal readonly record struct ShelfShape(int Count, bool IncludeItems, string[] Categories, string[] ExcludeItems)
{
    /// <summary>The shape of a question's shelf.</summary>
    /// <param name="request">The question.</param>
    /// <returns>The shape.</returns>
    public static ShelfShape Of(RecommendationRequest request) => new(request.Count, request.IncludeItems, request.Categories, request.ExcludeItems);

    /// <summary>Whether a shelf, of whatever size, is asked for with the same filters.</summary>
    /// <param name="request">The question.</param>
    /// <returns>Whether it is.</returns>
    public bool HasFiltersOf(RecommendationRequest request) => HasFilters(request.IncludeItems, request.Categories, request.ExcludeItems);

    public bool Equals(ShelfShape other) => Count == other.Count && HasFilters(other.IncludeItems, other.Categories, other.ExcludeItems);

    public override int GetHashCode() => HashCode.Combine(Count, IncludeItems);

    private bool HasFilters(bool includeItems, string[] categories, string[] excludeItems) =>
        IncludeItems == includeItems && Categories.AsSpan().SequenceEqual(categories) && ExcludeItems.AsSpan().SequenceEqual(excludeItems);
}
