namespace Personalization.Users;

/// <summary>A read of one user.</summary>
[GenerateSerializer]
[Immutable]
[Alias("personalization.user-query")]
public sealed record UserQuery
{
    /// <summary>A version token: wait for it until the timeout.</summary>
    [Id(0)]
    public string? MinVersion { get; init; }

    /// <summary>Default 100 ms, at most 10 s.</summary>
    [Id(1)]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMilliseconds(100);
}
