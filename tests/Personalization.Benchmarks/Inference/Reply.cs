namespace Personalization.Benchmarks.Inference;

/// <summary>An answer: who gave it, how long the request waited for its run, what that took, and how long it was in the service altogether, ms; 0: it does not say.</summary>
internal readonly record struct Reply(string Source, double QueueMilliseconds = 0, double RunMilliseconds = 0, double ServiceMilliseconds = 0)
{
    /// <summary>The <see cref="Source"/> of what the model answered.</summary>
    public const string Model = "model";

    /// <summary>Whether the model answered.</summary>
    public bool IsModel => Source == Model;
}
