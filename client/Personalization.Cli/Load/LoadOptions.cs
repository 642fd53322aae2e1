namespace Personalization.Cli.Load;

/// <summary>What a load run does.</summary>
internal sealed record LoadOptions
{
    /// <summary>The gateway.</summary>
    public required Uri Url { get; init; }

    /// <summary>What one trial is.</summary>
    public LoadScenario Scenario { get; init; } = LoadScenario.Click;

    /// <summary>Arrivals per second, more than 0.</summary>
    public double Rate { get; init; } = 50;

    /// <summary>Whether arrivals are a Poisson process, as independent shoppers are; otherwise evenly spaced.</summary>
    public bool Poisson { get; init; }

    /// <summary>Measured trials; null: as many as the duration holds.</summary>
    public int? Trials { get; init; }

    /// <summary>How long trials start; null: until all trials have.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Trials before the measured ones.</summary>
    public int WarmUp { get; init; } = 200;

    /// <summary>Users to choose from; 0: a new one for each trial.</summary>
    public int Users { get; init; }

    /// <summary>Skew of the users.</summary>
    public double UserSkew { get; init; } = 0.8;

    /// <summary>Skew of the items, in the order in which they are popular.</summary>
    public double ItemSkew { get; init; }

    /// <summary>How long an answer may take, sent along with each request.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Items of a shelf.</summary>
    public int Count { get; init; } = 20;

    /// <summary>Items that are to be ordered.</summary>
    public int RankItems { get; init; } = 50;

    /// <summary>Clicks of a visit on average (geometric).</summary>
    public double VisitClicks { get; init; } = 5;

    /// <summary>Time between the steps of a visit on average (exponential).</summary>
    public TimeSpan Think { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Trials that may be open at the same time; what is due beyond that is not sent: an error without a time.</summary>
    public int MaxOpen { get; init; } = 10_000;

    /// <summary>Seed of all choices.</summary>
    public int Seed { get; init; } = 1;
}
