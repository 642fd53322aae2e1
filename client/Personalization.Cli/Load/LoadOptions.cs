namespace Personalization.Cli.Load;

/// <summary>What a load run does.</summary>
internal sealed record LoadOptions
{
    /// <summary>The gateway.</summary>
    public required Uri Url { get; init; }

    /// <summary><c>recommend</c> or <c>click</c>.</summary>
    public required string Scenario { get; init; }

    /// <summary>Arrivals per second.</summary>
    public required double Rate { get; init; }

    /// <summary>Measured trials.</summary>
    public required int Trials { get; init; }

    /// <summary>Trials before the measured ones.</summary>
    public required int WarmUp { get; init; }

    /// <summary>Users; 0: a new one for each trial.</summary>
    public required int Users { get; init; }

    /// <summary>Skew of users: 0 is even.</summary>
    public required double Zipf { get; init; }

    /// <summary>Seed of all choices.</summary>
    public required int Seed { get; init; }
}
