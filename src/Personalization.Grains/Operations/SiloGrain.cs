using Personalization.Placement;

namespace Personalization.Operations;

/// <summary>Speaks for the silo it runs on.</summary>
[SiloAddressPlacement]
[Orleans.Concurrency.Reentrant]
internal sealed class SiloGrain(ISiloStatusSource source) : Grain, ISiloGrain
{
    public ValueTask<SiloStatus> GetStatus() => ValueTask.FromResult(source.GetStatus());
}
