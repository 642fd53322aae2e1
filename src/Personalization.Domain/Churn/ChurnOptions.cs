using System.ComponentModel.DataAnnotations;

namespace Personalization.Churn;

/// <summary>When to warn and when to look again; section <c>Personalization:Churn</c>. All spans are shop time.</summary>
public sealed class ChurnOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string SectionName = "Personalization:Churn";

    /// <summary>How far below the high threshold activity must bring a warned shopper before there can be another warning.</summary>
    /// <value>The default value is 0.15.</value>
    [Range(0.0, 1.0)]
    public double RearmMargin { get; set; } = 0.15;

    /// <summary>Nobody is warned about who was active within this span.</summary>
    /// <value>The default value is 1 hour.</value>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan QuietTime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Shortest time to the next look.</summary>
    /// <value>The default value is 6 hours.</value>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan MinCheckInterval { get; set; } = TimeSpan.FromHours(6);

    /// <summary>Longest time to the next look.</summary>
    /// <value>The default value is 14 days.</value>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan MaxCheckInterval { get; set; } = TimeSpan.FromDays(14);

    /// <summary>The next look comes after this share of the time since the last event, so that looks thin out geometrically.</summary>
    /// <value>The default value is 0.5.</value>
    [Range(0.01, 10.0)]
    public double CheckGrowth { get; set; } = 0.5;

    /// <summary>After this many horizons without activity nobody looks any more.</summary>
    /// <value>The default value is 3.</value>
    [Range(1.0, 100.0)]
    public double GiveUpAfterHorizons { get; set; } = 3;
}
