using Personalization.Models;
using Personalization.Recommendations;

namespace Personalization.Users;

/// <summary>Everything a shelf was made from: while it is the same, the shelf is the same.</summary>
internal sealed record ShelfKey(long Revision, ModelRef? Model, long Catalogue, RecommendationRequest Shape)
{
    public bool Equals(ShelfKey? other) =>
        other is not null && Revision == other.Revision && Catalogue == other.Catalogue && Equals(Model, other.Model)
        && Shape.Count == other.Shape.Count && HasFilters(other.Shape);

    /// <summary>Whether a shelf of another size was asked for with the same filters.</summary>
    public bool HasFilters(RecommendationRequest shape) =>
        Shape.IncludeItems == shape.IncludeItems
        && Shape.Categories.AsSpan().SequenceEqual(shape.Categories)
        && Shape.ExcludeItems.AsSpan().SequenceEqual(shape.ExcludeItems);

    public override int GetHashCode() => HashCode.Combine(Revision, Catalogue, Model, Shape.Count);
}
