namespace Personalization.Validation;

/// <summary>The limits of what producers may send; the published JSON Schemas state the same ones.</summary>
public static class InputLimits
{
    /// <summary>Largest JSON value of one event or item, bytes.</summary>
    public const int MaxValueBytes = 64 * 1024;

    /// <summary>Largest <c>properties</c> of an event, bytes of its JSON text.</summary>
    public const int MaxPropertiesBytes = 4 * 1024;

    /// <summary>Longest id, category or brand, Unicode characters (code points).</summary>
    public const int MaxIdLength = 128;

    /// <summary>Longest title of an item or value of an attribute, Unicode characters.</summary>
    public const int MaxTitleLength = 512;

    /// <summary>Most categories of an item.</summary>
    public const int MaxCategories = 16;

    /// <summary>Most attributes of an item.</summary>
    public const int MaxAttributes = 32;

    /// <summary>Deepest nesting of a JSON value.</summary>
    public const int MaxDepth = 32;

    /// <summary>Highest price of one piece: keeps every sum of spend inside a decimal.</summary>
    public const decimal MaxPrice = 1_000_000_000_000m;

    /// <summary>Most names of unknown fields that a result lists.</summary>
    public const int MaxIgnoredFields = 32;

    /// <summary>Earliest time of an event.</summary>
    public static DateTimeOffset MinTimestamp { get; } = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>How far an event's time may be ahead of the shop's clock.</summary>
    public static TimeSpan MaxAhead { get; } = TimeSpan.FromMinutes(5);

    /// <summary>The same under a <see cref="Time.ReplayClock"/>, which the events themselves move on.</summary>
    public static TimeSpan MaxAheadOfReplay { get; } = TimeSpan.FromDays(31);
}
