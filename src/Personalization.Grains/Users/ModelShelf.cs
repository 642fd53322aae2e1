using Personalization.Catalog;
using Personalization.Events;
using Personalization.Inference;
using Personalization.Recommendations;

namespace Personalization.Users;

/// <summary>Between the model and the ranking pipeline: what to ask for a shelf, and the shelf from the answer.</summary>
internal sealed class ModelShelf(IItemCatalog catalog)
{
    public InferenceRequest Ask(ShelfQuestion question, TimeSpan budget) =>
        question.Model.ToRequest(question.Now, InferencePriority.Interactive, budget) with
        {
            Count = Math.Min(1000, question.Request.Count * 2),
            Categories = question.Request.Categories,
            Exclude = [.. question.Request.ExcludeItems.Concat(question.Events.Where(e => e.Type == EventType.Hide).Select(e => e.ItemId)).Distinct(StringComparer.Ordinal)],
        };

    public RecommendedItem[] Rank(ShelfQuestion question, InferenceResult answer) =>
    [
        .. answer.Candidates.Take(question.Request.Count).Select(c => new RecommendedItem
        {
            ItemId = c.ItemId,
            Score = c.Score,
            Reason = new Reason("for_you", [], "For you"),
            Item = question.Request.IncludeItems && catalog.TryGet(c.ItemId, out var item) ? item : null,
        }),
    ];
}
