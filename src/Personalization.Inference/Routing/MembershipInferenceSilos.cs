using Orleans.Runtime.MembershipService.SiloMetadata;

namespace Personalization.Inference.Routing;

/// <summary>
/// Reads the cluster's membership and the silos' metadata. Metadata arrives a little after the membership, and unknown metadata means
/// no role, so the list is read again every so often and not only when the membership changes.
/// </summary>
/// <param name="membership">Who is in the cluster.</param>
/// <param name="metadata">What they say of themselves.</param>
/// <param name="local">This silo, which is left out.</param>
/// <param name="time">Real time.</param>
internal sealed class MembershipInferenceSilos(
    IClusterMembershipService membership, ISiloMetadataCache metadata, ILocalSiloDetails local, TimeProvider time) : IInferenceSilos
{
    /// <summary>Metadata key of the role.</summary>
    public const string RoleKey = "personalization.inference";

    private static readonly TimeSpan RereadAfter = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private SiloAddress[] _silos = [];
    private MembershipVersion _version = MembershipVersion.MinValue;
    private long _readAt;

    /// <inheritdoc/>
    public IReadOnlyList<SiloAddress> Current
    {
        get
        {
            var snapshot = membership.CurrentSnapshot;
            lock (_lock)
            {
                if (snapshot.Version != _version || time.GetElapsedTime(_readAt) > RereadAfter)
                {
                    Read(snapshot);
                }

                return _silos;
            }
        }
    }

    private void Read(ClusterMembershipSnapshot snapshot)
    {
        SiloAddress[] silos =
        [
            .. snapshot.Members.Values
                .Where(member => member.Status == SiloStatus.Active && !member.SiloAddress.Equals(local.SiloAddress))
                .Select(member => member.SiloAddress)
                .Where(HasRole)
                .Order(),
        ];
        if (!silos.SequenceEqual(_silos))
        {
            _silos = silos;
        }

        (_version, _readAt) = (snapshot.Version, time.GetTimestamp());
    }

    private bool HasRole(SiloAddress silo) =>
        metadata.GetSiloMetadata(silo).Metadata.TryGetValue(RoleKey, out var value)
        && string.Equals(value, "true", StringComparison.OrdinalIgnoreCase);
}
