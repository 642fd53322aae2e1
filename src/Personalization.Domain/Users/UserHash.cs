using System.Security.Cryptography;
using System.Text;

namespace Personalization.Users;

/// <summary>Names a user in logs: enough to follow one, not to know who.</summary>
public static class UserHash
{
    /// <summary>Names a user.</summary>
    /// <param name="userId">The user.</param>
    /// <returns>Eight hexadecimal digits.</returns>
    public static string Of(string userId) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(userId)).AsSpan(0, 4));
}
