using Personalization.Events;
using Personalization.Recommendations;

namespace Personalization.Users;

/// <summary>What a caller may ask for. The gateway says it more kindly; here it keeps a client's mistake from becoming work.</summary>
internal static class RequestRules
{
    public static readonly TimeSpan MaxTimeout = TimeSpan.FromSeconds(10);

    public static void Check(RecommendationRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        Between(request.Count, 1, 100, nameof(request.Count));
    }

    public static void Check(RankRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        Between(request.ItemIds.Length, 1, 1000, nameof(request.ItemIds));
    }

    public static void Check(HistoryQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        Between(query.Limit, 1, 200, nameof(query.Limit));
    }

    public static TimeSpan Timeout(TimeSpan asked) => asked < TimeSpan.Zero ? TimeSpan.Zero : asked > MaxTimeout ? MaxTimeout : asked;

    public static StreamPosition? Version(string? token) =>
        token is null ? null
        : StreamPosition.TryParse(token, out var position) ? position
        : throw new ArgumentException("The version token is not well formed.", nameof(token));

    private static void Between(int value, int min, int max, string name)
    {
        if (value < min || value > max)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {min} to {max}.");
        }
    }
}
