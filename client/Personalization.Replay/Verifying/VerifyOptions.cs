namespace Personalization.Replay;

/// <summary>How states are compared.</summary>
public sealed record VerifyOptions
{
    /// <summary>Users that are read at the same time, at least 1. Default 16.</summary>
    public int Concurrency { get; init; } = 16;

    /// <summary>Differences that are described; all are counted. Default 10.</summary>
    public int Shown { get; init; } = 10;

    /// <summary>How long the read of one user is tried again while it fails. Default one minute.</summary>
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Time between two tries. Default half a second.</summary>
    public TimeSpan RetryPause { get; init; } = TimeSpan.FromMilliseconds(500);
}
