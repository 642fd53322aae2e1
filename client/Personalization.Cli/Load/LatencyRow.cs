namespace Personalization.Cli.Load;

/// <summary>Percentiles of one part, in milliseconds.</summary>
internal sealed record LatencyRow(string Part, long Count, double Mean, double P50, double P90, double P95, double P99, double P999, double Max);
