namespace Personalization.Inference;

/// <summary>How a request to the model ended.</summary>
public enum InferenceStatus : byte
{
    /// <summary>Scored.</summary>
    Ok = 0,

    /// <summary>No model is loaded, or no inference silo is reachable.</summary>
    NoModel = 1,

    /// <summary>The queue is full.</summary>
    Overloaded = 2,

    /// <summary>It could not be answered within its budget.</summary>
    DeadlineExceeded = 3,

    /// <summary>The model knows none of the items in the sequence.</summary>
    NoKnownItems = 4,

    /// <summary>The run failed; the log says why.</summary>
    Failed = 5,
}
