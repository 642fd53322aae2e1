namespace Personalization.Users;

/// <summary>What the services of a silo see of one user's grain, on its turn and before they wait.</summary>
internal readonly record struct UserView(UserSession Session, ShelfCache Shelves)
{
    public string UserId => Session.UserId;

    /// <summary>The state; read from its stored form when it is at rest.</summary>
    public UserState State => Session.State;

    public long Revision => Session.Content;
}
