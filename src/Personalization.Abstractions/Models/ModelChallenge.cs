using System.Text;

namespace Personalization.Models;

/// <summary>A second model beside the one that answers. It is asked the same and compared (shadow), and answers a share of the shoppers (canary).</summary>
/// <param name="Model">The package.</param>
/// <param name="Share">Share of the shoppers it answers, 0-1; 0: none, it is compared only.</param>
[GenerateSerializer]
[Immutable]
[Alias("personalization.model-challenge")]
public sealed record ModelChallenge([property: Id(0)] ModelRef Model, [property: Id(1)] double Share)
{
    private const int Steps = 10_000;

    /// <summary>Whether it answers a shopper: always the same ones, and those of a smaller share are among those of a larger one.</summary>
    /// <param name="userId">The shopper; null: nobody's question, which it does not answer.</param>
    /// <returns>Whether it does.</returns>
    public bool Serves(string? userId)
    {
        if (userId is null || Share <= 0)
        {
            return false;
        }

        // FNV-1a over the UTF-8 id, finished as in MurmurHash3: its low bits alone are too regular for ids that count up.
        var hash = 2166136261u;
        foreach (var b in Encoding.UTF8.GetBytes(userId))
        {
            hash = (hash ^ b) * 16777619u;
        }

        hash = (hash ^ (hash >> 16)) * 0x85ebca6bu;
        hash = (hash ^ (hash >> 13)) * 0xc2b2ae35u;
        return (hash ^ (hash >> 16)) % Steps < Share * Steps;
    }
}
