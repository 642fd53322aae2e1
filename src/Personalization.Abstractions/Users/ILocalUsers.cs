using Personalization.Events;

namespace Personalization.Users;

/// <summary>
/// The users whose grains are active on this silo. A stream hands its batches to them without a message each, on the grain's own turn like a call; a grain
/// is listed until everything it was given is stored, so that what is not listed can be called. Thread-safe.
/// </summary>
public interface ILocalUsers
{
    /// <summary>Hands a batch over. Batches of one user are applied in the order in which they are handed over.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="batch">Its events, with a receipt.</param>
    /// <returns>False: the user is not active here; call its grain.</returns>
    bool TryAppend(string userId, EventBatch batch);

    /// <summary>Stores at once what waits to be stored: nothing more comes that could share a write with it.</summary>
    void Hasten();
}
