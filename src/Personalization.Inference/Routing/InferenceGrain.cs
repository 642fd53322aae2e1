using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;
using Orleans.Placement;
using Personalization.Inference.Models;
using Personalization.Items;

namespace Personalization.Inference.Routing;

/// <summary>A thin door to the silo's engine: all calls interleave, the engine's queue is the only one.</summary>
/// <param name="services">Holds the engine on inference silos.</param>
[Reentrant]
[Immovable]
[SiloKeyPlacement]
internal sealed class InferenceGrain(IServiceProvider services) : Grain, IInferenceGrain
{
    private readonly ModelHost? _host = services.GetService<ModelHost>();

    /// <inheritdoc/>
    public async Task<InferenceReply> Infer(InferenceRequest[] requests)
    {
        if (_host is null)
        {
            return new InferenceReply([.. requests.Select(_ => InferenceResult.None(InferenceStatus.NoModel))], Model: null, MaxLength: 0);
        }

        var results = await Task.WhenAll(requests.Select(request => _host.InferAsync(request, CancellationToken.None).AsTask()));
        return new InferenceReply(results, _host.Current?.Model, _host.MaxLength ?? 0);
    }

    /// <inheritdoc/>
    public Task<ItemScore[]?> Similar(string itemId, int count) => Task.FromResult(_host?.Current?.Similar(itemId, count));
}
