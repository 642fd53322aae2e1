namespace Personalization.Users;

/// <summary>One user's state while its grain is active, shared by the classes that work on it. Used on the grain's turn only.</summary>
internal sealed class UserSession(string userId, UserState state, UserStateStore store)
{
    public string UserId { get; } = userId;

    public UserState State { get; } = state;

    public UserStateStore Store { get; } = store;

    /// <summary>Rises with every change that a shelf may depend on.</summary>
    public long Content { get; private set; }

    /// <summary>Notes that sequence or positions changed.</summary>
    public void ContentChanged()
    {
        Content++;
        Store.Changed();
    }
}
