namespace Personalization.Users;

/// <summary>The state that a <see cref="UserStateStore"/> makes durable.</summary>
internal interface IDurableState
{
    /// <summary>Puts the state as it is now into the record.</summary>
    /// <param name="record">What is written.</param>
    void Capture(UserRecord record);

    /// <summary>A write succeeded.</summary>
    void Written();

    /// <summary>A write failed.</summary>
    /// <param name="exception">Why.</param>
    void Failed(Exception exception);
}
