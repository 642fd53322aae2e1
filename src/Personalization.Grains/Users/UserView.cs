namespace Personalization.Users;

/// <summary>What the services of a silo see of one user's grain: on its turn and before they wait, or on any thread when the state is at rest.</summary>
/// <param name="session">The user.</param>
/// <param name="shelves">What was made for the user before.</param>
/// <param name="revision">The content's revision.</param>
/// <param name="atRest">The stored form of that content; null: on the grain's turn.</param>
internal sealed class UserView(UserSession session, ShelfCache shelves, long revision, byte[]? atRest = null)
{
    private UserState? _state;

    public string UserId => session.UserId;

    public ShelfCache Shelves => shelves;

    /// <summary>The state; read from its stored form when somebody asks.</summary>
    public UserState State => atRest is null ? session.State : _state ??= session.Read(atRest);

    /// <summary>Rises with every change that a shelf may depend on.</summary>
    public long Revision => revision;
}
