namespace Personalization.Benchmarks.Inference;

/// <summary>What is measured.</summary>
/// <param name="Package">Folder of the model package; <see langword="null"/>: the shipped one.</param>
/// <param name="Users">Shoppers, each with a history.</param>
/// <param name="Span">Length of a measurement.</param>
/// <param name="Rounds">How often throughput is measured.</param>
/// <param name="Callers">Requests under way at the maximum.</param>
/// <param name="Workers">Threads that run the model.</param>
/// <param name="Parts">What is measured; latency and overload need the maximum, which is measured in any case.</param>
internal sealed record InferenceBenchmarkOptions(string? Package, int Users, TimeSpan Span, int Rounds, int Callers, int Workers, InferencePart[] Parts);
