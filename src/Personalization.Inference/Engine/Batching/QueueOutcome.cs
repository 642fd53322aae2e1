namespace Personalization.Inference.Engine;

/// <summary>What became of a job that was offered to a queue.</summary>
internal enum QueueOutcome
{
    /// <summary>It waits.</summary>
    Added = 0,

    /// <summary>No room.</summary>
    Full = 1,

    /// <summary>The engine is being replaced.</summary>
    Closed = 2,

    /// <summary>What is ahead of it takes longer than it has.</summary>
    TooLate = 3,
}
