using Orleans.Runtime;

namespace Personalization.Users;

/// <summary>Tells whose rows this silo may change while their users have no grain here. Thread-safe.</summary>
internal sealed class RowHolders(IClusterMembershipService membership, ILocalSiloDetails here)
{
    private readonly long _here = UserHolder.Of(here.SiloAddress);

    /// <summary>Whether no other silo's grain holds a row: what a silo that has ended held is free, what one held that is not known here is not.</summary>
    /// <param name="holder">The row's holder.</param>
    /// <returns>Whether it is free.</returns>
    public bool IsFree(long holder) => holder == UserHolder.None || holder == _here
        || membership.CurrentSnapshot.Members.Values.Any(silo => silo.Status == SiloStatus.Dead && UserHolder.Of(silo.SiloAddress) == holder);
}
