namespace Personalization.Cli.Load;

/// <summary>What a run must keep to.</summary>
internal sealed record LoadBounds
{
    /// <summary>Highest 99th percentile of whole trials, ms; null: any.</summary>
    public double? MaxP99 { get; init; }

    /// <summary>Highest 99th percentile until an event is durable, ms; null: any.</summary>
    public double? MaxDurableP99 { get; init; }

    /// <summary>Stale answers at most.</summary>
    public long MaxStale { get; init; }

    /// <summary>Failed trials at most.</summary>
    public long MaxErrors { get; init; }

    /// <summary>What every answer must come from, for instance <c>model</c>; null: anything.</summary>
    public string? RequiredSource { get; init; }

    /// <summary>Judges a run.</summary>
    /// <param name="report">What was measured.</param>
    /// <returns>A sentence for each bound that was missed.</returns>
    public IReadOnlyList<string> Missed(LoadReport report)
    {
        var missed = new List<string>();
        Check(missed, report.Part(LoadRecorder.Total), MaxP99, "p99");
        Check(missed, report.Part(FreshnessRunner.Durable), MaxDurableP99, "p99 until durable");
        if (report.Trials == 0)
        {
            missed.Add("no trial was measured");
        }

        if (report.Stale > MaxStale)
        {
            missed.Add($"{report.Stale:N0} stale answers, asked for {MaxStale:N0} at most");
        }

        if (report.Errors.Values.Sum() is var errors && errors > MaxErrors)
        {
            missed.Add($"{errors:N0} errors, asked for {MaxErrors:N0} at most");
        }

        if (RequiredSource is not null && report.Sources.Where(pair => pair.Key != RequiredSource).Sum(pair => pair.Value) is > 0 and var others)
        {
            missed.Add($"{others:N0} answers did not come from {RequiredSource}");
        }

        return missed;
    }

    private static void Check(List<string> missed, LatencyRow? row, double? bound, string name)
    {
        if (bound is not { } most)
        {
            return;
        }

        if (row is null)
        {
            missed.Add($"{name} was not measured");
        }
        else if (row.P99 > most)
        {
            missed.Add($"{name} is {row.P99} ms, asked for {most} ms at most");
        }
    }
}
