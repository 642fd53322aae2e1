using System.ComponentModel.DataAnnotations;

namespace Personalization.Hosting;

/// <summary>Which time the shop lives in. Section <c>Personalization:Clock</c>.</summary>
public sealed class ClockOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Personalization:Clock";

    /// <summary><c>wall</c> (default) or <c>stream</c>: the latest event time seen, for replays of the past.</summary>
    [RegularExpression("^(wall|stream)$", ErrorMessage = "Personalization:Clock:Mode must be 'wall' or 'stream'.")]
    public string Mode { get; set; } = "wall";

    /// <summary>First time of a stream clock. Default 2000-01-01.</summary>
    public DateTimeOffset Start { get; set; } = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
}
