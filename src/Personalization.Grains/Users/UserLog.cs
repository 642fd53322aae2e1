using System.Security.Cryptography;
using System.Text;

namespace Personalization.Users;

/// <summary>What user grains log. A user is named by a short hash: enough to follow one, not to know who.</summary>
internal static partial class UserLog
{
    public static string Hash(string userId) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(userId)).AsSpan(0, 4));

    [LoggerMessage(2000, LogLevel.Error, "The state of user {User} could not be written; it is read again and the batch has to be sent again.")]
    public static partial void WriteFailed(ILogger logger, string user, Exception exception);

    [LoggerMessage(2001, LogLevel.Information, "User {User} was erased.")]
    public static partial void Erased(ILogger logger, string user);
}
