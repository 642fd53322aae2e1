namespace Personalization.Replay;

/// <summary>What a synthetic stream looks like. Equal options make equal streams, on every machine.</summary>
public sealed record WorkloadOptions
{
    /// <summary>Longest distance of a retry from the event it repeats, in messages of the whole stream; well inside the ids that a user's grain remembers.</summary>
    public const int RetryWindow = 100;

    /// <summary>Different events, at least 1; retries come on top. Default 1,000,000.</summary>
    public long Events { get; init; } = 1_000_000;

    /// <summary>Users, at least 1. Default 50,000.</summary>
    public int Users { get; init; } = 50_000;

    /// <summary>Skew of the users (Zipf): user k is drawn in proportion to k^-skew, from 0 (even) to 10. Default 0.8.</summary>
    public double UserSkew { get; init; } = 0.8;

    /// <summary>Items, at least 1; ignored where <see cref="ItemIds"/> are given. Default 5,000.</summary>
    public int Items { get; init; } = 5_000;

    /// <summary>Skew of the items (Zipf), 0 to 10. Default 1.</summary>
    public double ItemSkew { get; init; } = 1.0;

    /// <summary>The items, most popular first; null: ids are made.</summary>
    public IReadOnlyList<string>? ItemIds { get; init; }

    /// <summary>Seed of all choices. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Begins every id of users and events, so that streams can share a cluster; null: <c>s&lt;seed&gt;</c>.</summary>
    public string? Name { get; init; }

    /// <summary>Time of the first event.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>From the first event to the last, more than 0. Default one day.</summary>
    public TimeSpan Span { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Events of a visit on average, at least 1 (geometric). Default 8.</summary>
    public double SessionEvents { get; init; } = 8;

    /// <summary>Time between two events of a visit on average, at least 0 (exponential). Default 20 s. The time between visits follows from span, users and skew.</summary>
    public TimeSpan SessionGap { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>What shoppers do.</summary>
    public EventMix Mix { get; init; } = EventMix.Default;

    /// <summary>Share of events that the producer sends a second time, at most <see cref="RetryWindow"/> messages later; 0 to 0.5. Default 0.</summary>
    public double RetryShare { get; init; }

    /// <summary>Share of events that arrive late, 0 to 1. Default 0.</summary>
    public double LateShare { get; init; }

    /// <summary>How late at most, in event time (even distribution). Default one hour.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Checks the ranges.</summary>
    /// <returns>What is out of range and what is allowed, as a sentence; null when all is well.</returns>
    public string? Fault() =>
        Events < 1 ? "The number of events must be at least 1."
        : Users < 1 ? "The number of users must be at least 1."
        : (ItemIds?.Count ?? Items) < 1 ? "The number of items must be at least 1."
        : UserSkew is not (>= 0 and <= 10) || ItemSkew is not (>= 0 and <= 10) ? "A skew must be from 0 to 10."
        : Span <= TimeSpan.Zero ? "The span must be more than 0."
        : SessionEvents is not (>= 1 and <= 1e6) ? "A visit must have from 1 to 1,000,000 events on average."
        : SessionGap < TimeSpan.Zero ? "The gap within a visit must be at least 0."
        : RetryShare is not (>= 0 and <= 0.5) ? "The share of retries must be from 0 to 0.5."
        : LateShare is not (>= 0 and <= 1) ? "The share of late events must be from 0 to 1."
        : MaxDelay < TimeSpan.Zero ? "The delay must be at least 0."
        : Name is { Length: 0 or > 64 } ? "A name must have 1 to 64 characters."
        : null;
}
