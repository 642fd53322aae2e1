using Orleans.Runtime.Placement;

namespace Personalization.Placement;

/// <summary>The silo that a migration asks for; else the one that reads the user's clicks; where it is not known or holds no users, this one; where this one holds none, any.</summary>
internal sealed class StreamPlacementDirector(StreamMap map) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        if (IPlacementDirector.GetPlacementHint(target.RequestContextData, silos) is { } wanted)
        {
            return Task.FromResult(wanted);
        }

        if (map.SiloOf(target.GrainIdentity.Key.ToString()!) is { } reader && Array.IndexOf(silos, reader) >= 0)
        {
            return Task.FromResult(reader);
        }

        return Task.FromResult(Array.IndexOf(silos, context.LocalSilo) >= 0 ? context.LocalSilo : silos[target.GrainIdentity.GetUniformHashCode() % (uint)silos.Length]);
    }
}
