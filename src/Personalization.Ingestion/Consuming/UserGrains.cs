using Personalization.Users;

namespace Personalization.Ingestion;

/// <summary>Addresses user grains at the rate of a stream. Thread-safe.</summary>
internal sealed class UserGrains(IGrainFactory grains) : IUserGrains
{
    private readonly UserAddresses _users = new(grains);

    /// <inheritdoc/>
    public IUserGrain Of(string userId) => _users.Of(userId);
}
