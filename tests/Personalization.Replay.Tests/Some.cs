namespace Personalization.Replay;

internal static class Some
{
    public static DateTimeOffset Start { get; } = new(2026, 1, 31, 8, 0, 0, TimeSpan.Zero);

    public static WorkloadOptions Workload { get; } = new()
    {
        Events = 20_000,
        Users = 300,
        Items = 50,
        Start = Start,
        Span = TimeSpan.FromHours(10),
        RetryShare = 0.1,
        LateShare = 0.2,
        MaxDelay = TimeSpan.FromHours(1),
    };
}
