using Personalization.Events;

namespace Personalization.Users;

/// <summary>
/// The users of this silo's streams. A stream hands its batches over without a message each: a user whose grain is active here gets them on the grain's turn,
/// the others' are applied to what is stored of them, many users a statement, or sent on to the silo whose grain holds the user. Thread-safe.
/// </summary>
public interface ILocalUsers
{
    /// <summary>Hands a batch over. Batches of one user are applied in the order in which they are handed over.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="batch">Its events, with a receipt.</param>
    /// <returns>False: it was not taken; call the user's grain.</returns>
    bool TryAppend(string userId, EventBatch batch);

    /// <summary>Stores at once what waits to be stored: nothing more comes that could share a write with it.</summary>
    void Hasten();
}
