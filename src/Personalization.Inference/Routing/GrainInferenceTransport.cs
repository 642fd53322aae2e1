using Personalization.Items;

namespace Personalization.Inference.Routing;

/// <summary>Calls another silo's inference grain.</summary>
/// <param name="grains">Grains.</param>
internal sealed class GrainInferenceTransport(IGrainFactory grains) : IInferenceTransport
{
    /// <inheritdoc/>
    public Task<InferenceReply> InferAsync(SiloAddress silo, InferenceRequest[] requests) => Grain(silo).Infer(requests);

    /// <inheritdoc/>
    public Task<ItemScore[]?> SimilarAsync(SiloAddress silo, string itemId, int count) => Grain(silo).Similar(itemId, count);

    private IInferenceGrain Grain(SiloAddress silo) => grains.GetGrain<IInferenceGrain>(silo.ToParsableString());
}
