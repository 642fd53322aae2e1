namespace Personalization.Users;

/// <summary>What the services of a silo see of one user's grain, on its turn.</summary>
internal sealed record UserView(string UserId, UserState State, ShelfCache Shelves, long Revision);
