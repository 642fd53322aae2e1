using System.Text;

namespace Personalization.Churn;

/// <summary>Splits users over the sweepers; part of the stored form, so never to be changed.</summary>
public static class ChurnBuckets
{
    /// <summary>Number of buckets.</summary>
    public const int Count = 16;

    /// <summary>The bucket of a user: FNV-1a over the UTF-8 id.</summary>
    /// <param name="userId">The user.</param>
    /// <returns>0 to <see cref="Count"/> - 1.</returns>
    public static short Of(string userId)
    {
        ArgumentNullException.ThrowIfNull(userId);
        var hash = 2166136261u;
        foreach (var b in Encoding.UTF8.GetBytes(userId))
        {
            hash = (hash ^ b) * 16777619u;
        }

        return (short)(hash % Count);
    }
}
