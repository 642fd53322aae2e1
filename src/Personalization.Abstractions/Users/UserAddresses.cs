using Orleans.Runtime;

namespace Personalization.Users;

/// <summary>
/// Addresses user grains. <see cref="IGrainFactory.GetGrain{T}(string, string)"/> finds the grain's type by reflection every time, which costs as much as a tenth
/// of a recommendation; here that is done once. Thread-safe.
/// </summary>
/// <param name="grains">Makes references.</param>
public sealed class UserAddresses(IGrainFactory grains)
{
    private GrainReference? _known;

    /// <summary>A shopper's grain.</summary>
    /// <param name="userId">The shopper.</param>
    /// <returns>The reference.</returns>
    public IUserGrain Of(string userId)
    {
        if (Volatile.Read(ref _known) is { } known)
        {
            return (IUserGrain)grains.GetGrain(GrainId.Create(known.GrainId.Type, IdSpan.Create(userId)), known.InterfaceType);
        }

        var user = grains.GetGrain<IUserGrain>(userId);
        Volatile.Write(ref _known, user as GrainReference);
        return user;
    }
}
