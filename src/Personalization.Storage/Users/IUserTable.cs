using Personalization.Users;

namespace Personalization.Storage;

/// <summary>The users' table in one SQL dialect.</summary>
internal interface IUserTable : IDueUserStore
{
    /// <summary>Reads rows.</summary>
    /// <param name="userIds">Different users.</param>
    /// <returns>One entry a user, null where there is no row.</returns>
    Task<UserRow?[]> ReadAsync(IReadOnlyList<string> userIds);

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
