namespace Personalization.Users;

/// <summary>A stored state was written by a newer release than this one, or is not a user's state at all.</summary>
public sealed class UserStateVersionException : Exception
{
    /// <summary>Makes the exception.</summary>
    public UserStateVersionException()
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What was found and what is understood.</param>
    public UserStateVersionException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What was found and what is understood.</param>
    /// <param name="innerException">The cause.</param>
    public UserStateVersionException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
