using System.ComponentModel.DataAnnotations;
using Personalization.Events;

namespace Personalization.Trending;

/// <summary>What rises now; section <c>Personalization:Trending</c>. All spans are shop time.</summary>
public sealed class TrendingOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string SectionName = "Personalization:Trending";

    /// <summary>How far back counts are kept per minute; before that per hour.</summary>
    /// <value>The default value is 3 hours.</value>
    [Range(typeof(TimeSpan), "00:10:00", "1.00:00:00")]
    public TimeSpan MinuteRetention { get; set; } = TimeSpan.FromHours(3);

    /// <summary>What a window is compared with: the time before it, at most this long.</summary>
    /// <value>The default value is 7 days.</value>
    [Range(typeof(TimeSpan), "01:00:00", "90.00:00:00")]
    public TimeSpan Baseline { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Added to the expected weight, so that a few events on a rare item do not count as a wave.</summary>
    /// <value>The default value is 5.</value>
    [Range(0.1, 1e6)]
    public double Smoothing { get; set; } = 5;

    /// <summary>Most items that are counted; beyond, those longest unseen are forgotten.</summary>
    /// <value>The default value is 20,000.</value>
    [Range(10, 1_000_000)]
    public int MaxItems { get; set; } = 20_000;

    /// <summary>Most item-minutes that one silo sums up between two reports; beyond, further ones are dropped.</summary>
    /// <value>The default value is 100,000.</value>
    [Range(10, 10_000_000)]
    public int MaxPending { get; set; } = 100_000;

    /// <summary>Weight of a view or click.</summary>
    /// <value>The default value is 1.</value>
    [Range(0.0, 1_000.0)]
    public double ViewWeight { get; set; } = 1;

    /// <summary>Weight of an item put into the cart.</summary>
    /// <value>The default value is 3.</value>
    [Range(0.0, 1_000.0)]
    public double CartWeight { get; set; } = 3;

    /// <summary>Weight of a purchase, whatever its quantity.</summary>
    /// <value>The default value is 5.</value>
    [Range(0.0, 1_000.0)]
    public double PurchaseWeight { get; set; } = 5;

    /// <summary>The weight of an event type; what is no interest in the item weighs 0.</summary>
    /// <param name="type">The type.</param>
    /// <returns>At least 0.</returns>
    public double WeightOf(EventType type) => type switch
    {
        EventType.View or EventType.Click => ViewWeight,
        EventType.AddToCart => CartWeight,
        EventType.Purchase => PurchaseWeight,
        _ => 0,
    };
}
