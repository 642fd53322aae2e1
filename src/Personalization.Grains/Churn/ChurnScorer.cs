using Personalization.Inference;
using Personalization.Time;
using Personalization.Users;

namespace Personalization.Churn;

/// <summary>Asks the model how likely one shopper leaves.</summary>
internal sealed class ChurnScorer(ModelCaller model, ShopClock shop)
{
    /// <summary>Scores a state as it is now.</summary>
    /// <param name="userId">The shopper.</param>
    /// <param name="state">The state; read before the first wait.</param>
    /// <param name="priority">Who goes first.</param>
    /// <param name="budget">How long it may take.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The score with what it was made from, or why there is none; null when there is nothing to score.</returns>
    public async ValueTask<(InferenceStatus Status, ChurnInput? Input)?> ScoreAsync(
        string userId,
        UserState state,
        InferencePriority priority,
        TimeSpan budget,
        CancellationToken cancellationToken)
    {
        var sequence = state.Sequence.Snapshot();
        var question = ModelQuestion.From(sequence, state.Totals, model.Router.MaxLength);
        if (question.Events.Length == 0)
        {
            return null;
        }

        var now = shop.GetUtcNow();
        var (totals, version) = (state.Totals, state.Version);
        var answer = await model.AskAsync(question.ToRequest(now, priority, budget), cancellationToken);
        if (answer.Status != InferenceStatus.Ok || answer.Churn is not { } score)
        {
            return (answer.Status == InferenceStatus.Ok ? InferenceStatus.Failed : answer.Status, null);
        }

        return (InferenceStatus.Ok, new ChurnInput
        {
            UserId = userId,
            Score = score,
            Threshold = answer.ChurnThreshold,
            Sequence = sequence,
            Totals = totals,
            Now = now,
            Model = answer.Model,
            Version = version,
        });
    }
}
