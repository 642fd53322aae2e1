namespace Personalization.Replay;

/// <summary>Which file is loaded, and where it is kept how far.</summary>
public sealed record BootstrapOptions
{
    /// <summary>The file of events.</summary>
    public required string Path { get; init; }

    /// <summary>Its format; null: what the name tells.</summary>
    public RowFormat? Format { get; init; }

    /// <summary>How rows become events.</summary>
    public RowOptions Rows { get; init; } = new();

    /// <summary>Where the progress is kept; null: beside the file.</summary>
    public string? StatePath { get; init; }

    /// <summary>Where rows that are no events are written; null: beside the file.</summary>
    public string? RejectsPath { get; init; }

    /// <summary>Begins anew, whatever an earlier run did: its events are then in the topic twice.</summary>
    public bool Restart { get; init; }

    /// <summary>Events per second; infinite: as fast as the topic takes them.</summary>
    public double Rate { get; init; } = double.PositiveInfinity;

    /// <summary>How often the progress is kept. Default one second.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(1);

    internal string State => StatePath ?? Path + ".bootstrap.json";

    internal string Rejects => RejectsPath ?? Path + ".rejects.jsonl";
}
