namespace Personalization.Users;

/// <summary>Names a silo in a user's row: one start of it, so that what a silo held is free once that start has ended.</summary>
public static class UserHolder
{
    /// <summary>Nobody holds the user.</summary>
    public const long None = 0;

    /// <summary>The name of a silo.</summary>
    /// <param name="silo">Its address.</param>
    /// <returns>Its name, never <see cref="None"/>.</returns>
    public static long Of(SiloAddress silo)
    {
        ArgumentNullException.ThrowIfNull(silo);
        var name = ((long)silo.GetConsistentHashCode() << 32) | (uint)silo.Generation;
        return name == None ? 1 : name;
    }
}
