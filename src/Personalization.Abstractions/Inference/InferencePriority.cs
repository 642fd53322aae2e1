namespace Personalization.Inference;

/// <summary>Who goes first when the queue is not empty.</summary>
public enum InferencePriority : byte
{
    /// <summary>Somebody waits for the answer.</summary>
    Interactive = 0,

    /// <summary>A state changed and its score is renewed.</summary>
    Refresh = 1,

    /// <summary>Sweeps, explanations, back-fills.</summary>
    Bulk = 2,
}
