using Personalization.Items;

namespace Personalization.Inference.Routing;

/// <summary>Calls another silo.</summary>
internal interface IInferenceTransport
{
    /// <summary>Asks a silo's model.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="requests">The questions.</param>
    /// <returns>The answers; fails when the silo cannot be reached.</returns>
    Task<InferenceReply> InferAsync(SiloAddress silo, InferenceRequest[] requests);

    /// <summary>Asks a silo for similar items.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="itemId">The item.</param>
    /// <param name="count">How many at most.</param>
    /// <returns>The items; null when its model does not know the item.</returns>
    Task<ItemScore[]?> SimilarAsync(SiloAddress silo, string itemId, int count);
}
