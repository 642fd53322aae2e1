using System.ComponentModel.DataAnnotations;

namespace Personalization.Ranking;

/// <summary>How scores become a shelf; section <c>Personalization:Ranking</c>.</summary>
public sealed class RankingOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string SectionName = "Personalization:Ranking";

    /// <summary>How long an item the shopper acted on stays off the shelf, shop time; older purchases may return as <c>buy_again</c>.</summary>
    /// <value>The default value is 1 day.</value>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan RecentWindow { get; set; } = TimeSpan.FromDays(1);

    /// <summary>The dial between personal (0) and diverse (1): how much likeness to what stands above counts against an item.</summary>
    /// <value>The default value is 0.1: an item of the same categories falls behind by about a tenth of the pool.</value>
    [Range(0.0, 1.0)]
    public double Diversity { get; set; } = 0.1;

    /// <summary>First place, counted from 1, that may go to an item the model does not know yet; 0: none ever.</summary>
    /// <value>The default value is 5.</value>
    [Range(0, 100)]
    public int NewItemsFrom { get; set; } = 5;

    /// <summary>Distance between places for new items.</summary>
    /// <value>The default value is 10: one place in ten.</value>
    [Range(2, 100)]
    public int NewItemsEvery { get; set; } = 10;

    /// <summary>How many of the shopper's top categories new items are taken from.</summary>
    /// <value>The default value is 3.</value>
    [Range(1, 10)]
    public int NewItemsCategories { get; set; } = 3;

    /// <summary>Half-life of an action's weight for the shopper's top categories, shop time.</summary>
    /// <value>The default value is 30 days.</value>
    [Range(typeof(TimeSpan), "01:00:00", "3650.00:00:00")]
    public TimeSpan TasteHalfLife { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Items the operator wants at the top of every model shelf, in this order, where they are eligible.</summary>
    /// <value>The default value is none.</value>
    [MaxLength(20)]
    public string[] PinnedItems { get; set; } = [];

    /// <summary>Items the operator keeps off every shelf.</summary>
    /// <value>The default value is none.</value>
    public string[] BlockedItems { get; set; } = [];

    /// <summary>Categories the operator keeps off every shelf.</summary>
    /// <value>The default value is none.</value>
    public string[] BlockedCategories { get; set; } = [];
}
