namespace Personalization.Benchmarks.Inference;

/// <summary>An answer: who gave it, how long the request waited for its run and what that took.</summary>
internal readonly record struct Reply(string Source, double QueueMilliseconds = 0, double RunMilliseconds = 0);
