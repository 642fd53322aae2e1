using Personalization.Users;

namespace Personalization.Ingestion;

/// <summary>Addresses user grains.</summary>
internal interface IUserGrains
{
    /// <summary>A user's grain.</summary>
    /// <param name="userId">The user.</param>
    /// <returns>A reference to it.</returns>
    IUserGrain Of(string userId);
}
