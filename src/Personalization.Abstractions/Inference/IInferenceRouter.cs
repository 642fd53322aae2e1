using Personalization.Items;
using Personalization.Models;

namespace Personalization.Inference;

/// <summary>The silo's way to the model: the engine on this silo, or an inference silo. Thread-safe; never throws for a late, full or missing engine.</summary>
public interface IInferenceRouter
{
    /// <summary>The longest sequence that the serving model reads; callers need not send more. Default 50 before a model is known.</summary>
    int MaxLength { get; }

    /// <summary>The model that answers now, or null. Part of a cache key.</summary>
    ModelRef? Model { get; }

    /// <summary>Whether a shopper's next question is answered from the run for the one before it while there is no newer event, so that one under way is worth waiting for.</summary>
    bool SharesRuns { get; }

    /// <summary>How long the answer to an interactive question takes that is asked now. Costs next to nothing.</summary>
    /// <param name="budget">Time that the question has.</param>
    /// <returns>As far as this silo knows: 0 when it does not, as another silo may answer too; <see cref="TimeSpan.MaxValue"/> when it would be refused.</returns>
    TimeSpan ExpectedTimeOf(TimeSpan budget);

    /// <summary>Asks the model.</summary>
    /// <param name="request">The question.</param>
    /// <param name="cancellationToken">Gives up; throws <see cref="OperationCanceledException"/>.</param>
    /// <returns>The answer, with the reason when there is no score.</returns>
    ValueTask<InferenceResult> InferAsync(InferenceRequest request, CancellationToken cancellationToken);

    /// <summary>Items closest to one item in the model's space, eligible ones only, best first.</summary>
    /// <param name="itemId">The item.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The items; null when there is no model or it does not know the item.</returns>
    ValueTask<ItemScore[]?> SimilarAsync(string itemId, int count, CancellationToken cancellationToken);
}
