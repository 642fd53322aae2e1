using Orleans.Runtime.Placement;

namespace Personalization.Inference.Routing;

/// <summary>Finds the silo that a grain's key names.</summary>
internal sealed class SiloKeyPlacementDirector : IPlacementDirector
{
    /// <inheritdoc/>
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var wanted = SiloAddress.FromParsableString(target.GrainIdentity.Key.ToString()!);
        return Array.Exists(context.GetCompatibleSilos(target), silo => silo.Equals(wanted))
            ? Task.FromResult(wanted)
            : throw new SiloUnavailableException($"Inference silo {wanted} has left the cluster.");
    }
}
