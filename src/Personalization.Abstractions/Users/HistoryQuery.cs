namespace Personalization.Users;

/// <summary>A page of the stored sequence.</summary>
[GenerateSerializer]
[Immutable]
[Alias("personalization.history-query")]
public sealed record HistoryQuery
{
    /// <summary>1-200. Default 50.</summary>
    [Id(0)]
    public int Limit { get; init; } = 50;

    /// <summary><see cref="HistoryPage.Next"/> of the page before; null: the newest.</summary>
    [Id(1)]
    public string? Before { get; init; }

    /// <summary>A version token: wait for it until the timeout.</summary>
    [Id(2)]
    public string? MinVersion { get; init; }

    /// <summary>Default 100 ms, at most 10 s.</summary>
    [Id(3)]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMilliseconds(100);
}
