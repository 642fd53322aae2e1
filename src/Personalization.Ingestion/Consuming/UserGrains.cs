using Orleans.GrainReferences;
using Orleans.Runtime;
using Personalization.Users;

namespace Personalization.Ingestion;

/// <summary>
/// Addresses user grains at the rate of a stream. <see cref="IGrainFactory.GetGrain{T}(string, string)"/> finds the grain's type by reflection every
/// time; here that is done once. Thread-safe.
/// </summary>
internal sealed class UserGrains(IGrainFactory grains, GrainReferenceActivator activator) : IUserGrains
{
    private readonly Lazy<(GrainType Type, GrainInterfaceType Interface)> _types = new(() =>
    {
        var reference = (GrainReference)grains.GetGrain<IUserGrain>("any");
        return (reference.GrainId.Type, reference.InterfaceType);
    });

    /// <inheritdoc/>
    public IUserGrain Of(string userId) =>
        (IUserGrain)activator.CreateReference(GrainId.Create(_types.Value.Type, IdSpan.Create(userId)), _types.Value.Interface);
}
