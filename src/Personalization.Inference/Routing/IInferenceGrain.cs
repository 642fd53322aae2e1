using Personalization.Items;

namespace Personalization.Inference.Routing;

/// <summary>The engine of one inference silo. Key = the silo's address in parsable form; always runs on that silo.</summary>
[Alias("personalization.inference-grain")]
internal interface IInferenceGrain : IGrainWithStringKey
{
    /// <summary>Asks the model; each request has its own budget and its own answer.</summary>
    /// <param name="requests">The questions.</param>
    /// <returns>The answers, in order.</returns>
    [Alias("infer")]
    [ResponseTimeout("00:00:05")]
    Task<InferenceReply> Infer([Immutable] InferenceRequest[] requests);

    /// <summary>Eligible items closest to an item.</summary>
    /// <param name="itemId">The item.</param>
    /// <param name="count">How many at most.</param>
    /// <returns>The items; null when there is no model or it does not know the item.</returns>
    [Alias("similar")]
    [ResponseTimeout("00:00:05")]
    Task<ItemScore[]?> Similar(string itemId, int count);
}
