using System.ComponentModel.DataAnnotations;

namespace Personalization.Profiles;

/// <summary>How a profile is drawn; section <c>Personalization:Profiles</c>. All spans are shop time.</summary>
public sealed class ProfileOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string SectionName = "Personalization:Profiles";

    /// <summary>Half-life of an action's weight for categories and brands.</summary>
    /// <value>The default value is 30 days.</value>
    [Range(typeof(TimeSpan), "01:00:00", "3650.00:00:00")]
    public TimeSpan TasteHalfLife { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Segment <c>new</c>: first seen at most this long ago.</summary>
    /// <value>The default value is 30 days.</value>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan NewWithin { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Segment <c>loyal</c>: purchases on at least so many visits of the stored sequence.</summary>
    /// <value>The default value is 5.</value>
    [Range(1, 1_000)]
    public int LoyalVisits { get; set; } = 5;

    /// <summary>Segment <c>big_spender</c>: spend at least this, the shop's currency.</summary>
    /// <value>The default value is 1,000.</value>
    [Range(0.0, 1e12)]
    public double BigSpend { get; set; } = 1_000;

    /// <summary>Segment <c>at_risk</c>: a buyer without activity for this long. Segment <c>loyal</c> ends here.</summary>
    /// <value>The default value is 60 days.</value>
    [Range(typeof(TimeSpan), "01:00:00", "3650.00:00:00")]
    public TimeSpan AtRiskAfter { get; set; } = TimeSpan.FromDays(60);

    /// <summary>Segment <c>browser</c>: at least so many events and no purchase.</summary>
    /// <value>The default value is 10.</value>
    [Range(1, 100_000)]
    public int BrowserEvents { get; set; } = 10;

    /// <summary>Segment <c>returner</c>: at least this share of the purchases was cancelled.</summary>
    /// <value>The default value is 0.2.</value>
    [Range(0.0, 1.0)]
    public double ReturnerShare { get; set; } = 0.2;
}
