namespace Personalization.Items;

/// <summary>How far back one may ask what rises.</summary>
public static class TrendingWindow
{
    /// <summary>The longest window, 7 days: so long the counters hold what they compare with the time before.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromDays(7);
}
