namespace Personalization.Time;

/// <summary>Times as they are stored.</summary>
internal static class WholeMilliseconds
{
    /// <summary>A time in UTC without what is below a millisecond.</summary>
    public static DateTimeOffset ToWholeMilliseconds(this DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
}
