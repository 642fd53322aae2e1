namespace Personalization.Users;

/// <summary>Whoever holds a user's state in memory.</summary>
internal interface IUserStateOwner
{
    /// <summary>A write failed: what is stored is unknown and has to be read again.</summary>
    /// <param name="exception">Why.</param>
    void WriteFailed(Exception exception);
}
