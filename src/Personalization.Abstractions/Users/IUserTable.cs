namespace Personalization.Users;

/// <summary>
/// The stored users, many at a time. A row names the silo whose grain holds the user in memory: only that grain changes it, and whoever else appends to a
/// user does so on a row that nobody holds. Every change matches on the row's version, so one of two that overlap finds out.
/// </summary>
public interface IUserTable : IDueUserStore
{
    /// <summary>Rows a statement should carry at most.</summary>
    int MaxBatch { get; }

    /// <summary>Reads rows.</summary>
    /// <param name="userIds">Different users.</param>
    /// <returns>One entry a user, null where there is no row.</returns>
    Task<UserRow?[]> ReadAsync(IReadOnlyList<string> userIds);

    /// <summary>Makes a silo the holder of users and reads their rows. The versions rise, so that no write that is under way elsewhere succeeds any more.</summary>
    /// <param name="userIds">Different users.</param>
    /// <param name="holder">The silo, see <see cref="UserHolder"/>.</param>
    /// <returns>One entry a user, null where there is no row: there is nothing to hold.</returns>
    Task<UserRow?[]> ClaimAsync(IReadOnlyList<string> userIds, long holder);

    /// <summary>Writes rows in one transaction; a row whose version does not match is left alone and does not fail the others.</summary>
    /// <param name="writes">Different users.</param>
    /// <returns>The new version a row, null for a conflict.</returns>
    Task<long?[]> WriteAsync(IReadOnlyList<UserWrite> writes);

    /// <summary>Deletes a row of a known version.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="version">Version it must have.</param>
    /// <returns>Whether it was there with that version.</returns>
    Task<bool> DeleteAsync(string userId, long version);
}
