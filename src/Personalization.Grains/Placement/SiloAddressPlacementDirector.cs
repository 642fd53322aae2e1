using Orleans.Runtime.Placement;

namespace Personalization.Placement;

/// <summary>Reads the silo from the grain's key; a silo that is gone is an error and never another silo.</summary>
internal sealed class SiloAddressPlacementDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var key = target.GrainIdentity.Key.ToString()!;
        var wanted = SiloAddress.FromParsableString(key);
        return Array.IndexOf(context.GetCompatibleSilos(target), wanted) >= 0
            ? Task.FromResult(wanted)
            : throw new SiloUnavailableException($"Silo {key} is not active.");
    }
}
