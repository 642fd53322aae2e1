using Personalization.Inference;
using Personalization.Ranking;
using Personalization.Recommendations;

namespace Personalization.Users;

/// <summary>Between the model and the ranking pipeline: what to ask for a shelf, and the shelf from the answer.</summary>
internal sealed class ModelShelf(RankingPipeline pipeline)
{
    /// <summary>The question for a shelf.</summary>
    /// <param name="question">The shelf that is wanted.</param>
    /// <param name="budget">How long the answer may take.</param>
    /// <returns>The request.</returns>
    public InferenceRequest Ask(ShelfQuestion question, TimeSpan budget) =>
        question.Model.ToRequest(
            question.Now,
            InferencePriority.Interactive,
            budget,
            question.UserId,
            pipeline.PoolSize(question.Request.Count),
            question.Request.Categories,
            question.Rules(pipeline).Exclusions);

    /// <summary>The shelf from the model's answer.</summary>
    /// <param name="question">The shelf that is wanted.</param>
    /// <param name="answer">What the model said.</param>
    /// <returns>Best first; may be short or empty.</returns>
    public RecommendedItem[] Rank(ShelfQuestion question, InferenceResult answer) =>
        pipeline.Rank(answer.Candidates, question.Model.Events, question.Rules(pipeline));
}
