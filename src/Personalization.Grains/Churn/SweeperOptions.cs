using System.ComponentModel.DataAnnotations;

namespace Personalization.Churn;

/// <summary>How sweepers look at users to whom nothing happens. Section <c>Personalization:Sweeper</c>. Spans are real time.</summary>
public sealed class SweeperOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Personalization:Sweeper";

    /// <summary>Time between the sweeps of one bucket. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Users read at a time. Default 256.</summary>
    [Range(1, 10_000)]
    public int PageSize { get; set; } = 256;

    /// <summary>Scores of one bucket under way at the same time. Default 16.</summary>
    [Range(1, 1_000)]
    public int Concurrency { get; set; } = 16;

    /// <summary>Users of one bucket scored per second at most. Default 1,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxUsersPerSecond { get; set; } = 1_000;

    /// <summary>Pages of one sweep at most; the next one goes on behind them. Default 40.</summary>
    [Range(1, 1_000_000)]
    public int MaxPages { get; set; } = 40;

    /// <summary>How long one score may take. Default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan ScoreBudget { get; set; } = TimeSpan.FromSeconds(2);
}
