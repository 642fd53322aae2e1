namespace Personalization.Cli.Load;

/// <summary>What a load run measured; its JSON is the report file.</summary>
internal sealed record LoadReport
{
    /// <summary>What was run.</summary>
    public required LoadOptions Options { get; init; }

    /// <summary>Seconds from the first measured arrival to the last end.</summary>
    public required double Seconds { get; init; }

    /// <summary>Measured trials, failed ones too, but those that were not sent because too many were open.</summary>
    public required long Trials { get; init; }

    /// <summary>Trials per second that were reached; below the rate, the machine or the limit of open trials was in the way.</summary>
    public required double TrialsPerSecond { get; init; }

    /// <summary>Percentiles by part, the whole first.</summary>
    public required IReadOnlyList<LatencyRow> Latencies { get; init; }

    /// <summary>Answers that did not know the event they were asked to know.</summary>
    public required long Stale { get; init; }

    /// <summary>Failed trials by kind.</summary>
    public required IReadOnlyDictionary<string, long> Errors { get; init; }

    /// <summary>Answers by what made them.</summary>
    public required IReadOnlyDictionary<string, long> Sources { get; init; }

    /// <summary>Answers without the model, by reason.</summary>
    public required IReadOnlyDictionary<string, long> FallbackReasons { get; init; }

    /// <summary>A part's percentiles.</summary>
    /// <param name="part">Its name.</param>
    /// <returns>The row, or null when it was not measured.</returns>
    public LatencyRow? Part(string part) => Latencies.FirstOrDefault(row => row.Part == part);
}
